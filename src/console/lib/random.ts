/** A random word of 32 hexadecimal digits. `crypto.randomUUID` is not there over plain http with a host name. */
export const randomWord = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
