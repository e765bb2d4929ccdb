import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import type { Request, RequestHandler, Response } from 'express'
import sirv from 'sirv'
import { type KeptBody, sendKept } from './kept-body.ts'
import { contextOf } from './request-context.ts'

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

/** A file in its plain spelling. The page is none, because it needs a `<base>`; nor are the packed forms of files. */
const isFile = ({ path }: Request): boolean => /^(?:\/[\w~-][\w.~-]*)+$/.test(path) && !/\.(?:br|gz|html)$/i.test(path)

/** The packed forms of a file, best first, and how their names end. */
const packedForms = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const

/** The size of each file of the build at the start, by its path. */
const sizesOf = (folder: string): Map<string, number> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [`/${relative(folder, file).split(sep).join('/')}`, statSync(file).size]),
  )

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
}

const readForm = (folder: string, path: string, encoding: 'br' | 'gzip' | 'identity'): KeptBody['forms'][number] => {
  const bytes = readFileSync(join(folder, path))
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { encoding, etag: `"${hash}"`, bytes }
}

/**
 * The files whose names have no hash, as they were at the start. They belong to the page, which is kept, too: a newer
 * build in the same folder has others, perhaps with a name that is the same.
 */
const keepUnhashed = (folder: string, sizes: Map<string, number>): Map<string, KeptBody> => {
  const paths = [...sizes.keys()].filter((path) => /^\/[\w~-][\w.~-]*$/.test(path) && !/\.(?:br|gz|html)$/i.test(path))
  return new Map(
    paths.map((path) => {
      const packed = packedForms.filter(({ ending }) => sizes.has(`${path}${ending}`))
      const forms = packed.map(({ encoding, ending }) => readForm(folder, `${path}${ending}`, encoding))
      const contentType = contentTypes[extname(path)] ?? 'application/octet-stream'
      return [path, { contentType, forms: [...forms, readForm(folder, path, 'identity')] }]
    }),
  )
}

/** A cache keeps these files for everybody. So no answer is made for one origin. */
const forEverybody = (res: Response): Response => {
  for (const name of ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials']) res.removeHeader(name)
  return res
}

const prepare = (raw: unknown, _path: string, { size }: { size: number }): void => {
  const res = forEverybody(raw as Response)
  res.set('Cache-Control', 'public, max-age=31536000, immutable')
  // A file that goes, or gets shorter, while it is sent ends the answer. It must not end the program, or wait for ever.
  res.once('pipe', (file: NodeJS.ReadableStream & { bytesRead: number }) => {
    file.once('error', () => res.destroy())
    file.once('end', () => file.bytesRead === size || res.destroy())
  })
}

/**
 * Serves the files of the build. Files with a hash in their name never change, and stand below `/assets/`. A newer
 * build in the same folder may have removed one, or written another over it: then there is nothing at the address, and
 * the console offers to load the page anew.
 */
export const serveConsoleFiles = (folder: string): RequestHandler => {
  const sizes = sizesOf(folder)
  const unhashed = keepUnhashed(folder, sizes)
  const find = sirv(folder, { etag: true, brotli: true, gzip: true, extensions: [], setHeaders: prepare })

  return async (req, res, next) => {
    if (!isRead(req) || !isFile(req)) return next()
    const kept = unhashed.get(req.path)
    if (kept !== undefined) {
      contextOf(res).route = 'console'
      return sendKept(req, forEverybody(res), kept)
    }
    const packed = packedForms.filter(({ encoding }) => req.acceptsEncodings(encoding))
    const names = [...packed.map(({ ending }) => `${req.path}${ending}`), req.path]
    const name = names.find((one) => sizes.has(one))
    const size =
      name === undefined
        ? null
        : await stat(join(folder, name)).then(
            (file) => file.size,
            () => null,
          )
    if (name === undefined || size !== sizes.get(name)) return next()
    // Nobody needs a part of a file, and some ranges end in an exception.
    delete req.headers.range
    // sirv looks for the words only, and so overlooks `br;q=0`.
    req.headers['accept-encoding'] = packed.map(({ encoding }) => encoding).join()
    contextOf(res).route = 'console'
    find(req, res, () => {
      contextOf(res).route = null
      next()
    })
  }
}
