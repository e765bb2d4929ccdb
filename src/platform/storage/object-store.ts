import type { Readable } from 'node:stream'
import { AppError } from '../errors.ts'

/** What the bytes of an object must be. `sha256` is in hex, and null when nobody has announced it. */
export interface Content {
  size: number
  contentType: string
  sha256: string | null
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
  /**
   * What the product wants to find in a request to an address of this program, to see whether the address is still
   * good. A store that serves objects itself does not know it.
   */
  stamp: string
}

/** An object or draft in the list of a store. */
export interface StoredObject {
  key: string
  modifiedAt: Date
}

/** How many bytes of an object are read to find its type. */
export const headBytes = 65_536

/** Whether the first bytes of a file, at most `headBytes`, are of its type. `size` is that of the whole file. */
export type FitsType = (head: Buffer, size: number) => boolean

/** What the product says of a body that comes in. */
export interface Reception {
  fits: FitsType
  /**
   * Is told the hash of a whole body that was announced without one, before the body becomes the object. The body is
   * thrown away when this throws.
   */
  settle: (sha256: string) => Promise<void>
}

/** The error `upload_mismatch` for a file that is not of its type. To send it again would not help. */
export class OtherType extends AppError {
  constructor({ contentType }: Content) {
    super('upload_mismatch', { detail: `The file is not of the type ${contentType}.` })
  }
}

/** The error for an object that nobody has sent. */
export const uploadMissing = (): AppError =>
  new AppError('upload_missing', { detail: 'Send the file first, with PUT to the `url` of the upload.' })

/**
 * A store of objects. `objectKey` makes the keys; a key means nothing to the store. Each call may fail with AppError
 * `storage_unavailable`. Only the calls that sign may be made in a transaction, because they use no network.
 */
export interface ObjectStore {
  /** `address`: where the program is reached, for a store whose objects the program serves itself. */
  signUpload(key: string, content: Content, seconds: number, address: string): Promise<SignedUpload>
  signDownload(key: string, download: Download, seconds: number, address: string): Promise<string>
  /**
   * Checks an object, what costs least first. Bytes are hashed here only when the store has not checked the hash
   * itself. An object without an announced hash gets out of the reach of its address first. Make one such call at a
   * time for an object, and announce the hash in later calls. What was uploaded then stays at `stagedKey` until it is
   * removed.
   * @returns the hash.
   * @throws AppError `upload_missing`; `upload_mismatch` when the object is not this content, which is an `OtherType`
   * when its first bytes do not fit.
   */
  check(key: string, content: Content, fits: FitsType): Promise<string>
  /** Writes an object that the program has made itself. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>
  /** The bytes of an object that the program has made itself, at most `most`; null when there is none, or it is larger. */
  read(key: string, most: number): Promise<Buffer | null>
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
}
/** The same for an upload. */
export interface SignedPut extends Content {
  key: string
  expires: number
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
   * Stores a whole body, or nothing of it. The first bytes are judged before the rest is read.
   * @throws AppError `upload_mismatch` when the body is not what was signed, which is an `OtherType` when its first
   * bytes do not fit; and what `settle` throws.
   */
  receive(put: SignedPut, body: Readable, reception: Reception): Promise<void>
  /** @throws AppError `attachment_missing`. */
  open(key: string): Promise<OpenObject>
  /**
   * `target` is the path and the query as they were sent, from `/objects` on. An address has one spelling only.
   * @throws AppError `invalid_signature`, also when the address has expired.
   */
  verifyPut(put: SignedPut, target: string): void
  verifyDownload(download: SignedDownload, target: string): void
}
