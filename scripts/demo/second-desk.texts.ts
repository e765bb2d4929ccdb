// The people and the tickets of the second organisation. All addresses end in example.com, which belongs to nobody.

export const secondName = 'Kanzlei Lindenhof'

export const secondAdmin = { userId: 'greta', name: 'Greta Sommer', email: 'greta.sommer@linden.example.com' }

export const secondTechnician = {
  userId: 'jonas',
  name: 'Jonas Weidner',
  email: 'jonas.weidner@linden.example.com',
  phone: '+49 30 5550 0101',
  category: 'IT',
}

export const secondCustomers = [
  { name: 'Katrin Vogel', email: 'katrin.vogel@linden.example.com' },
  { name: 'Mehmet Aydin', email: 'mehmet.aydin@linden.example.com' },
  { name: 'Sabine Krüger', email: 'sabine.krueger@linden.example.com' },
]

/** `answer`: what the technician wrote; `summary`: how it was resolved. Without an answer nobody has the ticket. */
export const secondTickets: { subject: string; description: string; answer?: string; summary?: string }[] = [
  {
    subject: 'Der Scanner im zweiten Stock zieht schief ein',
    description: 'Seit gestern sind alle Seiten um ein paar Grad gedreht. Die Rollen habe ich schon gereinigt.',
    answer: 'Die Einzugsrollen sind abgenutzt. Neue kommen am Donnerstag, bis dahin bitte den Scanner im Erdgeschoss.',
    summary: 'Einzugsrollen getauscht.',
  },
  {
    subject: 'Kein Zugriff auf die Akten von unterwegs',
    description: 'Das VPN verbindet sich, aber das Laufwerk mit den Akten erscheint nicht.',
    answer: 'Ich sehe mir Ihr Gerät heute um 15 Uhr aus der Ferne an. Lassen Sie es dafür bitte eingeschaltet.',
  },
  {
    subject: 'Neue Kollegin ab Montag',
    description: 'Frau Hartmann fängt im Notariat an und braucht Notebook, Telefon und Zugang zur Aktenverwaltung.',
    answer: 'Notebook und Telefon sind bestellt. Für die Aktenverwaltung fehlt noch die Freigabe von Frau Sommer.',
  },
  {
    subject: 'Die Vorlage für Vollmachten öffnet sich nicht',
    description: 'Beim Öffnen meldet das Programm, die Datei sei beschädigt. Gestern ging sie noch.',
  },
  {
    subject: 'Bitte zwei Bildschirme für Zimmer 12',
    description: 'Zum Vergleichen von Verträgen sind zwei nebeneinander nötig. Es eilt nicht.',
  },
]
