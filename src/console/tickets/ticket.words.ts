import { catalogue } from '../lib/catalogue.svelte.ts'

/** The words of states and priorities, for staff. What customers read is in the portal. */
export const words = catalogue({
  en: {
    status: {
      new: 'New',
      assigned: 'Assigned',
      in_progress: 'In progress',
      waiting: 'Waiting',
      resolved: 'Resolved',
      closed: 'Closed',
    },
    priority: { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' },
    withPriority: { low: 'low priority', normal: 'normal priority', high: 'high priority', urgent: 'urgent priority' },
    role: { admin: 'Admin', technician: 'Technician', customer: 'Customer' },
  },
  de: {
    status: {
      new: 'Neu',
      assigned: 'Zugewiesen',
      in_progress: 'In Arbeit',
      waiting: 'Wartet',
      resolved: 'Gelöst',
      closed: 'Geschlossen',
    },
    priority: { low: 'Niedrig', normal: 'Normal', high: 'Hoch', urgent: 'Dringend' },
    withPriority: {
      low: 'niedrige Priorität',
      normal: 'normale Priorität',
      high: 'hohe Priorität',
      urgent: 'dringend',
    },
    role: { admin: 'Admin', technician: 'Techniker', customer: 'Kunde' },
  },
})
