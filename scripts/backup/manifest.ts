import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { readObjectKey } from '../../src/platform/storage/object-key.ts'

// What a backup says of itself. `manifest.json` is small; `files.jsonl` has a line for each file, because a desk may
// have a million of them. Both come from a place that others may be able to write to, so nothing in them is trusted:
// a path must be one of those that a backup can have, and is refused before anything is opened by it.

/** How a backup is called: the time in UTC at which it began. */
export const backupName = /^\d{8}T\d{6}Z$/

/** The file with the dump of a PostgreSQL of one's own. */
export const dumpPath = 'database.dump'
/** The folder with the files of an embedded cluster. */
const clusterFolder = 'database'
const attachmentFolder = 'attachments'
/** The files of `DATA_DIR` without which the embedded database, or what is sealed in it, cannot be opened. */
export const secretFiles = ['jwt-secret', 'postgres.password']

/** The path in a backup of a file or folder of the cluster. */
export const clusterPath = (file: string): string => `${clusterFolder}/${file}`
/** The path in a backup of an object of the store. */
export const attachmentPath = (key: string): string => `${attachmentFolder}/${key}`
/** The path in a backup of a file of `DATA_DIR`. */
export const secretPath = (file: string): string => `secrets/${file}`

/** The file of the cluster that a path of a backup names; null for other paths. As `clusterPath` takes it. */
export const clusterFileOf = (path: string): string | null => restOf(path, clusterFolder)
/** The key of the object that a path of a backup names; null for other paths. */
export const attachmentOf = (path: string): string | null => restOf(path, attachmentFolder)
const restOf = (path: string, folder: string): string | null =>
  path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null

/** Whether a path has names as PostgreSQL gives them to its files. No name begins with a dot, so `..` is none. */
export const isClusterFile = (file: string): boolean =>
  file.length <= 200 && file.split('/').every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(part))

const isPath = (path: string): boolean => {
  if (path === dumpPath || secretFiles.some((file) => path === secretPath(file))) return true
  const [file, key] = [clusterFileOf(path), attachmentOf(path)]
  return file !== null ? isClusterFile(file) : key !== null && readObjectKey(key) !== null
}

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
const Size = z.int().min(0)

/** One file of a backup: its path, its size in bytes, and the SHA-256 of its bytes in hex. */
export const BackedUpFile = z.strictObject({
  path: z.string().refine(isPath, { error: 'is no path of a backup' }),
  size: Size,
  sha256: Hash,
})
export type BackedUpFile = z.output<typeof BackedUpFile>

const Database = z.discriminatedUnion('kind', [
  /** A copy of the files of the embedded PostgreSQL. `folders` have no files of their own, or may have none. */
  z.strictObject({
    kind: z.literal('embedded'),
    server: z.int(),
    platform: z.string().max(50),
    folders: z.array(z.string().refine(isClusterFile, { error: 'is no folder of a cluster' })).max(100_000),
  }),
  /** What `pg_dump` wrote. `server`: the major version of the server that was dumped. */
  z.strictObject({ kind: z.literal('dump'), server: z.int() }),
])

/** What a backup is of, and how many files it has. */
export const Manifest = z.strictObject({
  format: z.literal(1),
  name: z.string().regex(backupName),
  /** The version of the program that made it. */
  version: z.string().max(50),
  /** The `PUBLIC_URL` of the desk. */
  desk: z.string().max(2000),
  /** Tells whether a secret is that of the desk, and nothing else of it. */
  secret_check: Hash,
  migrations: z.array(z.string().max(200)).max(10_000),
  /** The heads of the audit chains before the backup began, as `npm run audit:verify` prints them. */
  heads: z.array(z.strictObject({ tenant: z.string(), position: z.int(), hash: Hash })).max(1_000_000),
  database: Database,
  /** How many files there are, how many bytes they have, and the SHA-256 of their list. */
  files: z.strictObject({ count: z.int().min(1), bytes: Size, sha256: Hash }),
})
export type Manifest = z.output<typeof Manifest>

/** The name of the file with the manifest. It is written last. */
export const manifestFile = 'manifest.json'
/** The name of the file that lists all other files. */
export const listFile = 'files.jsonl'

/** More than this is no manifest. */
export const manifestBytes = 64 * 1024 * 1024

/** The text of a manifest, with its own SHA-256 in the last line, so that a broken byte is noticed. */
export const writeManifest = (manifest: Manifest): string => {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  return `${text}${sha256Of(text)}\n`
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** @throws Error when the text is no manifest, or is not as it was written. */
export const readManifest = (text: string): Manifest => {
  const [, body = '', hash] = /^([\s\S]*\n)([0-9a-f]{64})\n$/.exec(text) ?? []
  if (hash === undefined || sha256Of(body) !== hash) throw new Error('manifest.json is broken: its SHA-256 is another')
  const { format } = z.looseObject({ format: z.unknown() }).parse(JSON.parse(body))
  if (format !== 1)
    throw new Error(`the backup has the format ${format}, which a newer version of Counterdesk may read`)
  const read = Manifest.safeParse(JSON.parse(body))
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new Error(`manifest.json is no manifest of a backup: ${issue?.path.join('.')} ${issue?.message}`)
}

/** The line of a file in the list. */
export const listLine = (file: BackedUpFile): string => `${JSON.stringify(file)}\n`

/**
 * The files of a list, in its order. Read them to the end: the hash of the list is known there only.
 * @throws Error for a path that no backup can have, a path that is there twice, and a list that is broken.
 */
export const readList = async function* (
  bytes: AsyncIterable<Uint8Array>,
  { count, sha256 }: Manifest['files'],
): AsyncGenerator<BackedUpFile> {
  const hash = createHash('sha256')
  const hashed = async function* () {
    for await (const chunk of bytes) {
      hash.update(chunk)
      yield chunk
    }
  }
  const known = new Set<string>()
  for await (const line of createInterface({ input: Readable.from(hashed()) })) {
    const read = BackedUpFile.safeParse(parsed(line))
    if (!read.success) throw new Error(`files.jsonl has a line that is no file of a backup: ${line.slice(0, 200)}`)
    if (known.has(read.data.path)) throw new Error(`files.jsonl has ${read.data.path} twice`)
    known.add(read.data.path)
    yield read.data
  }
  if (known.size !== count || hash.digest('hex') !== sha256)
    throw new Error('files.jsonl is broken: its SHA-256 is another')
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
