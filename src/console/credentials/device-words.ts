import { words } from './security.words.ts'

/** A device in the words of the reader. The API says it in English: `Firefox on Windows`, `an unknown device`. */
export const deviceInWords = (device: string): string => {
  const [program, system] = device.split(' on ')
  if (device === 'an unknown device' || program === undefined) return words().unknownDevice
  return system === undefined ? device : words().deviceOn(program, system)
}
