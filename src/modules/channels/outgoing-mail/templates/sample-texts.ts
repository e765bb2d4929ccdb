import type { Language } from '../../../../contract/enums.ts'

/** What people wrote, and what they are called, in the sample mails of one language. */
export interface SampleTexts {
  recipient: string
  customer: string
  technician: string
  otherTechnician: string
  admin: string
  subject: string
  otherSubject: string
  category: string
  description: string
  comment: string
  solution: string
  reopenedWhy: string
  closedWhy: string
  withdrawnWhy: string
  picture: string
  film: string
  email: string
  signInName: string
}

/** The texts of the sample mails, in each language. */
export const sampleTexts: Record<Language, SampleTexts> = {
  en: {
    recipient: 'Cora Customer',
    customer: 'Cora Customer',
    technician: 'Tess Technician',
    otherTechnician: 'Tom Technician',
    admin: 'Ada Admin',
    subject: 'Printer on fire',
    otherSubject: 'No paper',
    category: 'Hardware',
    description: 'It burns.\n\n  Bring water.',
    comment: 'It burns again.\n\nBring more water.',
    solution: 'Put out.\nA new one is ordered.',
    reopenedWhy: 'It burns\nagain.',
    closedWhy: 'A new one\nwas bought.',
    withdrawnWhy: 'It went out by itself.',
    picture: 'smoke.png',
    film: 'fire.mp4',
    email: 'cora@example.com',
    signInName: 'tess',
  },
  de: {
    recipient: 'Clara Kundig',
    customer: 'Clara Kundig',
    technician: 'Theo Technikus',
    otherTechnician: 'Tina Technikus',
    admin: 'Anna Verwaltig',
    subject: 'Drucker brennt',
    otherSubject: 'Kein Papier',
    category: 'Geräte',
    description: 'Er brennt.\n\n  Bitte Wasser bringen.',
    comment: 'Er brennt schon wieder.\n\nBitte mehr Wasser bringen.',
    solution: 'Gelöscht.\nEin neuer ist bestellt.',
    reopenedWhy: 'Er brennt\nschon wieder.',
    closedWhy: 'Ein neuer\nwurde gekauft.',
    withdrawnWhy: 'Er ging von selbst aus.',
    picture: 'rauch.png',
    film: 'feuer.mp4',
    email: 'clara@example.com',
    signInName: 'theo',
  },
}
