/**
 * Collects the garbage of the start, and gives its memory back. Call it before the program listens, because it holds up
 * everything for some tenths of a second. Loading the modules has made the heap of V8 large, and a program that has
 * little to do would keep it so. Without the option `--expose-gc` of Node it does nothing.
 */
export const shrinkHeap = (): void => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
