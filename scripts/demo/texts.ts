import { accountTexts } from './accounts.texts.ts'
import { hardwareTexts } from './hardware.texts.ts'
import { networkTexts } from './network.texts.ts'
import { pick, type Random } from './random.ts'
import { softwareTexts } from './software.texts.ts'
import type { TicketText } from './ticket-text.ts'

/** The categories of the demo desk, how many of a hundred tickets each of them has, and their texts. */
export const categories = {
  Software: { share: 32, texts: softwareTexts },
  Hardware: { share: 27, texts: hardwareTexts },
  Accounts: { share: 22, texts: accountTexts },
  Network: { share: 19, texts: networkTexts },
}
export type CategoryName = keyof typeof categories

const fillings: Record<string, readonly string[]> = {
  room: ['1.04', '1.12', '1.17', '2.03', '2.09', '2.14', '2.21', '3.02', '3.08', '3.15'],
  floor: ['first', 'second', 'third'],
  colleague: ['Marta', 'Jonas', 'Priya', 'Owen', 'Lucie', 'Samir', 'Greta', 'Ines', 'Tobias', 'Hanna'],
  laptop: ['ThinkPad T14', 'Latitude 5440', 'EliteBook 840', 'MacBook Air', 'ThinkPad X1'],
  printer: ['Kyocera in the corridor', 'HP next to the kitchen', 'Canon in the copy room', 'Brother at reception'],
  client: ['Aldwych Dental', 'Northgate Foods', 'Brightwater', 'Pellham Estates', 'the Carver account'],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday'],
}

/** Fills in the words in braces. The same word is filled in the same way in all parts of a text. */
export const fillIn = (text: TicketText, random: Random): TicketText => {
  const words = Object.fromEntries(Object.entries(fillings).map(([name, options]) => [name, pick(random, options)]))
  const fill = (part: string): string => part.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? name)
  return {
    ...text,
    subject: fill(text.subject),
    description: fill(text.description),
    resolution: fill(text.resolution),
    again: text.again && fill(text.again),
  }
}
