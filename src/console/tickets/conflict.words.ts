import { catalogue } from '../lib/catalogue.svelte.ts'

/** Two edits of the same fields. */
export const words = catalogue({
  en: {
    conflictTitle: (name: string, id: string) => `${name} changed ${id} while you were editing`,
    conflictUnknown: (id: string) => `${id} changed while you were editing`,
    conflictSays: (n: number) =>
      n === 1
        ? 'You both changed a field. Choose which value stands.'
        : `You both changed ${n} fields. Choose which value stands for each.`,
    was: (value: string) => `was ${value}`,
    empty: 'empty',
    quoted: (text: string) => `“${text}”`,
    yours: 'Yours, not saved yet',
    theirs: (name: string, time: string) => `${name}, saved ${time}`,
    theirsUnknown: 'Saved meanwhile',
    nothingToChoose: 'Nothing to choose:',
    onlyThey: (name: string, what: string) => `only ${name} changed ${what}.`,
    onlyYou: (what: string) => `only you changed ${what}.`,
    bothSame: (what: string) => `you both made the same of ${what}.`,
    allStand: 'All of that stands.',
    inHistory: 'Both values stay in the history.',
    backToEditing: 'Back to editing',
    saveMine: (what: string) => `Save yours: ${what}`,
    saveNothing: 'Keep what is saved',
    saveRest: 'Save the rest',
    somebody: 'Somebody',
    fieldNames: {
      status: 'State',
      technician_id: 'Assigned',
      priority: 'Priority',
      issue_category: 'Category',
      subject: 'Subject',
      issue_description: 'Description',
      resolution_summary: 'Summary',
    },
    nobody: 'Nobody',
  },
  de: {
    conflictTitle: (name: string, id: string) => `${name} hat ${id} geändert, während Sie es bearbeitet haben`,
    conflictUnknown: (id: string) => `${id} wurde geändert, während Sie es bearbeitet haben`,
    conflictSays: (n: number) =>
      n === 1
        ? 'Sie haben beide ein Feld geändert. Wählen Sie, welcher Wert gilt.'
        : `Sie haben beide ${n} Felder geändert. Wählen Sie für jedes, welcher Wert gilt.`,
    was: (value: string) => `vorher ${value}`,
    empty: 'leer',
    quoted: (text: string) => `„${text}“`,
    yours: 'Ihr Wert, noch nicht gespeichert',
    theirs: (name: string, time: string) => `${name}, gespeichert ${time}`,
    theirsUnknown: 'Inzwischen gespeichert',
    nothingToChoose: 'Nichts zu wählen:',
    onlyThey: (name: string, what: string) => `Nur ${name} hat geändert: ${what}.`,
    onlyYou: (what: string) => `Nur Sie haben geändert: ${what}.`,
    bothSame: (what: string) => `Sie beide haben dasselbe gewählt: ${what}.`,
    allStand: 'All das gilt.',
    inHistory: 'Beide Werte bleiben im Verlauf.',
    backToEditing: 'Zurück zum Bearbeiten',
    saveMine: (what: string) => `Ihre Werte speichern: ${what}`,
    saveNothing: 'Gespeichertes behalten',
    saveRest: 'Den Rest speichern',
    somebody: 'Jemand',
    fieldNames: {
      status: 'Status',
      technician_id: 'Zugewiesen',
      priority: 'Priorität',
      issue_category: 'Kategorie',
      subject: 'Betreff',
      issue_description: 'Beschreibung',
      resolution_summary: 'Zusammenfassung',
    },
    nobody: 'Niemand',
  },
})
