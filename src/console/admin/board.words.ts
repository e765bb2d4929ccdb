import { catalogue } from '../lib/catalogue.svelte.ts'

/** The board that assigns. */
export const words = catalogue({
  en: {
    title: 'Board',
    waiting: (n: number, isMore: boolean) =>
      n === 0
        ? 'Nobody waits for a technician.'
        : n === 1 && !isMore
          ? '1 ticket waits for a technician.'
          : `${n}${isMore ? ' or more' : ''} tickets wait for a technician.`,
    oldest: (time: string) => `The oldest was raised ${time}.`,
    category: 'Category',
    allCategories: 'All categories',
    region: 'Technicians and their tickets',
    unassigned: 'Unassigned',
    urgentFirst: 'Most urgent first',
    open: (n: number, isMore: boolean) => (isMore ? `${n} or more open` : `${n} open`),
    columnOf: (name: string, open: string) => `${name}, ${open}`,
    more: (n: number, isMore: boolean) => (isMore ? `${n} or more others` : n === 1 ? '1 other' : `${n} others`),
    moreTechnicians: 'More technicians than the board shows. Assign to them in the ticket.',
    away: (name: string) => `${name} is away and takes no new tickets.`,
    awayShort: 'away',
    nothing: 'No open tickets',
    fits: (id: string) => `fits ${id}`,
    drop: (name: string) => `Drop to assign to ${name}`,
    dropBack: 'Drop to give it back',
    pickedUp: (id: string) => `${id} is picked up.`,
    over: (name: string, n: number) => `Over ${name}: ${n} open, with this one ${n + 1}.`,
    overSame: (name: string) => `It is ${name}’s already.`,
    overNobody: 'Over the unassigned: it is given back.',
    hint: 'Pick a ticket up with Enter, or drag it.',
    keyMove: 'move',
    keyChoose: 'choose a person',
    keyAssign: 'assign',
    keyPick: 'pick up',
    keyBack: 'put it back',
    keyList: 'choose from a list',
    keyOpen: 'open',
    sheet: (id: string) => `Assign ${id} to`,
    findTechnician: 'Name of a technician',
    giveBack: 'Nobody: give it back',
    openTicket: 'Open the ticket',
    assigned: (id: string, name: string) => `${id} is assigned to ${name}.`,
    givenBack: (id: string) => `${id} is given back.`,
    meanwhile: (id: string, name: string | null) =>
      name === null ? `${id} was given back meanwhile. Look again.` : `${name} has ${id} meanwhile. Look again.`,
    cancel: 'Cancel',
  },
  de: {
    title: 'Tafel',
    waiting: (n: number, isMore: boolean) =>
      n === 0
        ? 'Kein Ticket wartet auf einen Techniker.'
        : n === 1 && !isMore
          ? '1 Ticket wartet auf einen Techniker.'
          : `${n}${isMore ? ' oder mehr' : ''} Tickets warten auf einen Techniker.`,
    oldest: (time: string) => `Das älteste kam ${time}.`,
    category: 'Kategorie',
    allCategories: 'Alle Kategorien',
    region: 'Techniker und ihre Tickets',
    unassigned: 'Ohne Techniker',
    urgentFirst: 'Dringendste zuerst',
    open: (n: number, isMore: boolean) => (isMore ? `${n} oder mehr offen` : `${n} offen`),
    columnOf: (name: string, open: string) => `${name}, ${open}`,
    more: (n: number, isMore: boolean) => (isMore ? `${n} oder mehr weitere` : n === 1 ? '1 weiteres' : `${n} weitere`),
    moreTechnicians: 'Es gibt mehr Techniker, als die Tafel zeigt. Ihnen weisen Sie im Ticket selbst zu.',
    away: (name: string) => `${name} ist abwesend und nimmt keine neuen Tickets.`,
    awayShort: 'abwesend',
    nothing: 'Keine offenen Tickets',
    fits: (id: string) => `passt zu ${id}`,
    drop: (name: string) => `Ablegen, um es ${name} zuzuweisen`,
    dropBack: 'Ablegen, um es zurückzugeben',
    pickedUp: (id: string) => `${id} ist aufgenommen.`,
    over: (name: string, n: number) => `Über ${name}: ${n} offen, mit diesem ${n + 1}.`,
    overSame: (name: string) => `${name} hat es schon.`,
    overNobody: 'Über der Spalte ohne Techniker: Es wird zurückgegeben.',
    hint: 'Nehmen Sie ein Ticket mit der Eingabetaste auf, oder ziehen Sie es.',
    keyMove: 'bewegen',
    keyChoose: 'Person wählen',
    keyAssign: 'zuweisen',
    keyPick: 'aufnehmen',
    keyBack: 'zurücklegen',
    keyList: 'aus einer Liste wählen',
    keyOpen: 'öffnen',
    sheet: (id: string) => `${id} zuweisen an`,
    findTechnician: 'Name eines Technikers',
    giveBack: 'Niemand: zurückgeben',
    openTicket: 'Ticket öffnen',
    assigned: (id: string, name: string) => `${id} ist ${name} zugewiesen.`,
    givenBack: (id: string) => `${id} ist zurückgegeben.`,
    meanwhile: (id: string, name: string | null) =>
      name === null
        ? `${id} wurde inzwischen zurückgegeben. Sehen Sie noch einmal hin.`
        : `${name} hat ${id} inzwischen. Sehen Sie noch einmal hin.`,
    cancel: 'Abbrechen',
  },
})
