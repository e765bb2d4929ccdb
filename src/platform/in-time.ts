/**
 * The outcome of `work`, when it comes within `limitMs`. The work itself goes on, because a promise cannot be ended.
 * @throws the error of the work; Error when the work takes too long.
 */
export const inTime = <T>(work: Promise<T>, limitMs: number): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const late = () => reject(new Error(`it has not ended within ${limitMs / 1_000} s`))
    const timer = setTimeout(late, limitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
