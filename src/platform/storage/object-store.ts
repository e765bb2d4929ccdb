import type { Readable } from 'node:stream'

/** What the bytes of an object must be. `sha256` is in hex. */
export interface Content {
  size: number
  contentType: string
  sha256: string
}

/** A request that its holder may send until it expires, with these headers and a body that fits. */
interface SignedUpload {
  method: 'PUT'
  url: string
  headers: Record<string, string>
}

/** The headers of a download. */
export interface Download {
  contentType: string
  /** The whole header `Content-Disposition`. */
  disposition: string
}

/** What the store has. `head` are the first bytes, at most `headBytes`. */
export interface Inspection {
  size: number
  sha256: string
  head: Buffer
}

/** An object or draft in the list of a store. */
export interface StoredObject {
  key: string
  modifiedAt: Date
}

/** How many bytes of an object are read to find its type. */
export const headBytes = 65_536

/**
 * A store of objects. `objectKey` makes the keys; a key means nothing to the store. Each call may fail with AppError
 * `storage_unavailable`. Only the calls that sign may be made in a transaction, because they use no network.
 */
export interface ObjectStore {
  signUpload(key: string, content: Content, seconds: number): Promise<SignedUpload>
  signDownload(key: string, download: Download, seconds: number): Promise<string>
  /** Null when there is no such object. */
  inspect(key: string): Promise<Inspection | null>
  /** Writes an object that the program has made itself. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>
  /** Removes objects. Keys without an object are ignored. */
  remove(keys: string[]): Promise<void>
  /**
   * The next objects and drafts after a key, in the order of their keys. Fewer than `limit` means that these are the
   * last.
   */
  list(after: string | null, limit: number): Promise<StoredObject[]>
  /** The addresses at which this program serves the objects; null when the store serves them itself. */
  served: ServedObjects | null
}

/** A request to an address of this program, as its query says. Times are in seconds since 1970. */
export interface SignedDownload extends Download {
  key: string
  expires: number
  signature: string
}
/** The same for an upload. */
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

/** The part of a store whose objects this program serves itself. */
export interface ServedObjects {
  /**
   * Stores a whole body, or nothing of it.
   * @throws AppError `upload_mismatch` when the body is not what was signed.
   */
  receive(put: SignedPut, body: Readable): Promise<void>
  /** @throws AppError `attachment_missing`. */
  open(key: string): Promise<OpenObject>
  /** @throws AppError `invalid_signature`, also when the address has expired. */
  verifyPut(put: SignedPut): void
  verifyDownload(download: SignedDownload): void
}
