import { encodingOf } from './text-encoding.ts'

/** Whether the first bytes of a file fit its type. `isWhole`: the file has no more bytes. */
type Fits = (head: Buffer, isWhole: boolean) => boolean

interface FileType {
  extensions: string[]
  /** The content types that browsers send, beside those that say nothing. The first is stored. */
  contentTypes: [string, ...string[]]
  fits: Fits
}

const startsWith =
  (...starts: string[]): Fits =>
  (head) =>
    starts.some((start) => head.subarray(0, start.length).equals(Buffer.from(start, 'latin1')))

const has = (head: Buffer, at: number, text: string): boolean =>
  head.subarray(at, at + text.length).equals(Buffer.from(text, 'latin1'))

const isText: Fits = (head, isWhole) => encodingOf(head, isWhole) !== null

/** JSON that is exchanged is in UTF-8 (RFC 8259, 8.1). */
const isJson: Fits = (head, isWhole) => ['utf-8', 'unknown'].includes(encodingOf(head, isWhole) ?? '')

const entryHeader = Buffer.from('PK\x03\x04', 'latin1')

/** The names of the first files in a ZIP archive (APPNOTE.TXT, 4.3.7). */
const entriesOf = (head: Buffer): string[] => {
  const names: string[] = []
  for (let at = head.indexOf(entryHeader); at >= 0 && at + 30 <= head.length; at = head.indexOf(entryHeader, at + 4)) {
    names.push(head.toString('latin1', at + 30, at + 30 + head.readUInt16LE(at + 26)))
  }
  return names
}

const isZip = startsWith('PK\x03\x04', 'PK\x05\x06')

/**
 * Programs write the parts of an Office document in different orders (ECMA-376, part 2); one of these parts is always
 * among the first.
 */
const isOffice =
  (folder: string): Fits =>
  (head) =>
    startsWith('PK\x03\x04')(head, false) &&
    entriesOf(head).some(
      (name) =>
        name === '[Content_Types].xml' || name === '_rels/.rels' || /^docProps\//.test(name) || name.startsWith(folder),
    )

/** An OpenDocument file begins with its content type, uncompressed (OpenDocument 1.3, part 2, 3.3). */
const isOpenDocument =
  (contentType: string): Fits =>
  (head) => {
    if (!startsWith('PK\x03\x04')(head, false) || head.length < 38 || !has(head, 30, 'mimetype')) return false
    return has(head, 38 + head.readUInt16LE(28), contentType)
  }

const office = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'

/**
 * The types of files that may be attached. No type that a browser would run: no HTML, no SVG, no script, no program.
 */
const fileTypes: FileType[] = [
  { extensions: ['png'], contentTypes: ['image/png'], fits: startsWith('\x89PNG\r\n\x1a\n') },
  { extensions: ['jpg', 'jpeg'], contentTypes: ['image/jpeg'], fits: startsWith('\xff\xd8\xff') },
  { extensions: ['gif'], contentTypes: ['image/gif'], fits: startsWith('GIF87a', 'GIF89a') },
  { extensions: ['webp'], contentTypes: ['image/webp'], fits: (head) => has(head, 0, 'RIFF') && has(head, 8, 'WEBP') },
  { extensions: ['mp4'], contentTypes: ['video/mp4'], fits: (head) => has(head, 4, 'ftyp') },
  { extensions: ['pdf'], contentTypes: ['application/pdf'], fits: startsWith('%PDF-') },
  { extensions: ['txt', 'log'], contentTypes: ['text/plain'], fits: isText },
  {
    extensions: ['csv'],
    // Windows names the program that opens such files.
    contentTypes: ['text/csv', 'application/vnd.ms-excel', 'application/csv', 'text/plain'],
    fits: isText,
  },
  { extensions: ['json'], contentTypes: ['application/json'], fits: isJson },
  { extensions: ['zip'], contentTypes: ['application/zip', 'application/x-zip-compressed'], fits: isZip },
  { extensions: ['docx'], contentTypes: [`${office}.wordprocessingml.document`], fits: isOffice('word/') },
  { extensions: ['xlsx'], contentTypes: [`${office}.spreadsheetml.sheet`], fits: isOffice('xl/') },
  { extensions: ['pptx'], contentTypes: [`${office}.presentationml.presentation`], fits: isOffice('ppt/') },
  { extensions: ['odt'], contentTypes: [`${openDocument}.text`], fits: isOpenDocument(`${openDocument}.text`) },
  {
    extensions: ['ods'],
    contentTypes: [`${openDocument}.spreadsheet`],
    fits: isOpenDocument(`${openDocument}.spreadsheet`),
  },
]

/** All extensions that are accepted, for the text of a refusal. */
export const knownExtensions: string[] = fileTypes.flatMap(({ extensions }) => extensions)

const typeOf = (fileName: string): FileType | undefined => {
  const [, extension] = /\.([a-z0-9]+)$/i.exec(fileName) ?? []
  return fileTypes.find(({ extensions }) => extension !== undefined && extensions.includes(extension.toLowerCase()))
}

/** What a browser declares for a file of which it knows no type, such as a log. */
const saysNothing = new Set(['', 'application/octet-stream'])

/** The content type without parameters such as a charset, in lower case; null when the text is no content type. */
const essenceOf = (contentType: string): string | null =>
  /^[\t -~]*$/.test(contentType) ? (contentType.split(';', 1)[0] ?? '').trim().toLowerCase() : null

/**
 * The content type to announce to the store, when the file's name and its declared type agree; else null. The name and
 * the first bytes decide what a file is, so a declared type that says nothing is taken.
 */
export const acceptedType = (fileName: string, contentType: string): string | null => {
  const type = typeOf(fileName)
  const essence = essenceOf(contentType)
  if (type === undefined || essence === null) return null
  return saysNothing.has(essence) || type.contentTypes.includes(essence) ? type.contentTypes[0] : null
}

/** Whether the first bytes of a file fit its name. */
export const fitsItsName = (fileName: string, head: Buffer, size: number): boolean =>
  typeOf(fileName)?.fits(head, head.length === size) ?? false

/**
 * The content type to serve a file with: of a text with its encoding, as far as the first bytes show it. What a client
 * declared is not believed.
 */
export const servedType = (contentType: string, head: Buffer, size: number): string => {
  if (!contentType.startsWith('text/')) return contentType
  const encoding = encodingOf(head, head.length === size)
  return encoding === null || encoding === 'unknown' ? contentType : `${contentType}; charset=${encoding}`
}
