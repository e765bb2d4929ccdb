/** How long somebody waits, for people: whole seconds below two minutes, then whole minutes, then hours. */
export type Wait = { unit: 'second' | 'minute' | 'hour'; count: number }

/** The time until a limit ends. A moment that is over already is one second. */
export const waitUntil = (endsAt: string, now: number): Wait => {
  const seconds = Math.max(1, Math.ceil((Date.parse(endsAt) - now) / 1_000))
  if (seconds < 120) return { unit: 'second', count: seconds }
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? { unit: 'minute', count: minutes } : { unit: 'hour', count: Math.ceil(minutes / 60) }
}

/** `in 3 minutes`, in the language of the page. */
export const inWords = ({ unit, count }: Wait, language: string): string =>
  new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(count, unit)
