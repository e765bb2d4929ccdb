/** Tells an operator how far long work is. */
export interface Progress {
  /** So many files more are done. */
  add(files?: number, bytes?: number): void
  done(): void
}

const everyMs = 2_000

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

/** Prints a line every two seconds, on standard error. `all`: how many files there will be, when that is known. */
export const startProgress = (what: string, all?: number): Progress => {
  let [files, bytes] = [0, 0]
  const since = performance.now()
  const line = (): string => `${what}: ${files}${all === undefined ? '' : ` of ${all}`} files, ${megabytes(bytes)}`
  const timer = setInterval(() => console.error(line()), everyMs)
  timer.unref()
  return {
    add(more = 1, size = 0) {
      files += more
      bytes += size
    },
    done() {
      clearInterval(timer)
      console.error(`${line()}, ${((performance.now() - since) / 1000).toFixed(1)} s`)
    },
  }
}
