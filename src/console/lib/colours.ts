type Channels = [red: number, green: number, blue: number]

const channelsOf = (colour: string): Channels =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as Channels

const lightOf = (colour: string): number => {
  const [red, green, blue] = channelsOf(colour).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Channels
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The contrast of two colours such as `#1f5fbf`, 1 to 21 (WCAG 2.2, contrast ratio). */
export const contrast = (one: string, other: string): number => {
  const [light, dark] = [lightOf(one), lightOf(other)].toSorted((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/**
 * A colour with so much of another in it, 0 to 1.
 * @internal Exported for its test.
 */
export const mixed = (colour: string, other: string, share: number): string => {
  const [from, to] = [channelsOf(colour), channelsOf(other)]
  const parts = from.map((channel, at) => Math.round(channel + ((to[at] ?? 0) - channel) * share))
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** The colour as little changed towards `other` as makes it readable on a ground. */
const readableOn = (ground: string, colour: string, other: string, least: number): string => {
  const shares = Array.from({ length: 51 }, (_, step) => step / 50)
  return mixed(colour, other, shares.find((share) => contrast(mixed(colour, other, share), ground) >= least) ?? 1)
}

/** The grounds on which the accent stands, the one with the least contrast in each theme. */
const grounds = { light: '#eff1f4', dark: '#272d34' }

/** What the console makes of a tenant's colour: readable in the light and in the dark theme. */
export const accentsOf = (colour: string): Record<string, string> => {
  const light = readableOn(grounds.light, colour, '#000000', 4.5)
  const dark = readableOn(grounds.dark, colour, '#ffffff', 5.5)
  const pair = (one: string, other: string): string => `light-dark(${one}, ${other})`
  return {
    '--accent': pair(light, dark),
    '--accent-strong': pair(mixed(light, '#000000', 0.2), mixed(dark, '#ffffff', 0.35)),
    '--on-accent': pair('#ffffff', '#0b0e12'),
    '--selected': pair(mixed('#ffffff', light, 0.08), mixed('#14171a', dark, 0.16)),
  }
}
