import { controls, turns } from '../lib/shown-name.ts'

/** A file name as the API takes it: without marks that turn its direction, and without a path. */
export const plainName = (name: string): string =>
  name.replaceAll(turns, '').replaceAll(controls, ' ').replaceAll(/[/\\]/g, '_').trim()

/** The end of a file name that says what the file is, in lower case; empty when there is none. */
export const extensionOf = (name: string): string => /\.([a-z0-9]+)$/i.exec(name.trim())?.[1]?.toLowerCase() ?? ''

/** The name of a picture that was pasted: browsers call every one of them `image.png`. */
export const pastedName = (type: string, at: Date, nth: number): string => {
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`
  const extension = type === 'image/jpeg' ? 'jpg' : (type.split('/')[1] ?? 'png').replace(/[^a-z0-9]/g, '')
  return `picture ${day} ${time}${nth === 0 ? '' : ` ${nth + 1}`}.${extension}`
}

/** A size for people, in the units of the limit: 1 MB is 1,000,000 bytes. */
export const sizeOf = (bytes: number, language: string): string => {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3))
  const value = bytes / 1000 ** step
  const style = { style: 'unit', unit: units[step], unitDisplay: step === 0 ? 'long' : 'short' } as const
  const digits = step < 2 || value >= 100 ? 0 : 1
  return new Intl.NumberFormat(language, { ...style, maximumFractionDigits: digits }).format(value)
}
