/**
 * How long the rest of an upload takes, if it goes on as it went: in seconds, rounded as people say it. Null as long as
 * nothing can be said.
 */
export const secondsLeft = (
  { size, sentBytes, sendingSince }: { size: number; sentBytes: number; sendingSince: number },
  now: number,
): number | null => {
  const passed = (now - sendingSince) / 1000
  if (sentBytes === 0 || passed < 1) return null
  const left = ((size - sentBytes) * passed) / sentBytes
  if (left < 1) return null
  return left < 10 ? Math.round(left) : Math.round(left / 5) * 5
}
