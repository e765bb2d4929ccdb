import type { StoredObject } from './object-store.ts'

const textOf = (xml: string, tag: string): string | null =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? null

const toObject = (xml: string): StoredObject => {
  const [key, modified] = [textOf(xml, 'Key'), textOf(xml, 'LastModified')]
  const modifiedAt = new Date(modified ?? '')
  if (key === null || Number.isNaN(modifiedAt.getTime())) throw new Error('an object is listed without its key or date')
  // With `encoding-type=url` a key has no characters of XML.
  return { key: decodeURIComponent(key.replaceAll('+', ' ')), modifiedAt }
}

/**
 * The objects in an answer of ListObjectsV2, and whether there are more, because a store may give fewer than it was
 * asked for.
 * @throws Error when the text is not such an answer.
 */
export const readListing = (xml: string): { objects: StoredObject[]; isTruncated: boolean } => {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new Error('this is not a list of objects')
  const contents = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)]
  return { objects: contents.map(([, one = '']) => toObject(one)), isTruncated: textOf(xml, 'IsTruncated') === 'true' }
}
