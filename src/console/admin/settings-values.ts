/** The settings of a desk as an admin wants them. */
export interface Values {
  registration: 'open' | 'confirmed' | 'by_domain' | 'closed'
  registration_domains: string[]
  second_factor_required: boolean
}

const isSame = (one: Values[keyof Values], other: Values[keyof Values]): boolean =>
  Array.isArray(one) && Array.isArray(other) ? one.join('\n') === other.join('\n') : one === other

/** The names of the settings that differ. */
export const differing = (one: Values, other: Values): (keyof Values)[] =>
  (Object.keys(one) as (keyof Values)[]).filter((name) => !isSame(one[name], other[name]))

/** The domains of a text with one in each line, or with commas. */
export const domainsIn = (text: string): string[] => text.split(/[\s,;]+/).filter((domain) => domain !== '')
