import type { Readable } from 'node:stream'

/** What an object has to be, byte for byte. `sha256` is in hex. */
export interface Content {
  size: number
  contentType: string
  sha256: string
}

/** A request that its holder may send, once or again, until it expires: with these headers, and a body that fits. */
interface SignedUpload {
  method: 'PUT'
  url: string
  headers: Record<string, string>
}

/** How a download names itself. */
export interface Download {
  contentType: string
  /** The whole header `Content-Disposition`. */
  disposition: string
}

/** What was found in the store: `head` are the first bytes, at most `headBytes` of them. */
export interface Inspection {
  size: number
  sha256: string
  head: Buffer
}

export interface StoredObject {
  key: string
  modifiedAt: Date
}

/** How much of an object is looked at to tell what it is. */
export const headBytes = 65_536

/**
 * Where objects are kept. Keys are made by `objectKey`; the store makes nothing of them. Each call may fail with AppError
 * `storage_unavailable`, and none belongs inside a transaction, but for the signing ones, which talk to nobody.
 */
export interface ObjectStore {
  signUpload(key: string, content: Content, seconds: number): Promise<SignedUpload>
  signDownload(key: string, download: Download, seconds: number): Promise<string>
  /** Null when there is no such object. */
  inspect(key: string): Promise<Inspection | null>
  /** Writes an object that the program has made itself. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>
  /** Those that are gone already are fine. */
  remove(keys: string[]): Promise<void>
  /** The next objects and drafts after a key, in the order of their keys. Fewer than `limit`: there are no more. */
  list(after: string | null, limit: number): Promise<StoredObject[]>
  /** The objects' own addresses, where this program serves them itself. */
  served: ServedObjects | null
}

/** A request to one of our own addresses, as the address says. Times are in seconds since 1970. */
export interface SignedDownload extends Download {
  key: string
  expires: number
  signature: string
}
export interface SignedPut extends Content {
  key: string
  expires: number
  signature: string
}

/** An object that is open for reading. Read it, or close it. */
export interface OpenObject {
  size: number
  /** From byte `start` to byte `end`, both included. */
  read(start: number, end: number): Readable
  close(): Promise<void>
}

export interface ServedObjects {
  /**
   * Keeps a body, all of it or nothing.
   * @throws AppError `upload_mismatch` when it is not what was signed.
   */
  receive(put: SignedPut, body: Readable): Promise<void>
  /** @throws AppError `attachment_missing`. */
  open(key: string): Promise<OpenObject>
  /** @throws AppError `invalid_signature`, also when it has expired. */
  verifyPut(put: SignedPut): void
  verifyDownload(download: SignedDownload): void
}
