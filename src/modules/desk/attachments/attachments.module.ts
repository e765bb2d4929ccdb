import type { Module } from '../../../platform/module.ts'
import { attachmentRoutes } from './attachments.routes.ts'
import { removeAttachmentTask } from './attachments.service.ts'
import { attachmentConditions } from './attachments.steps.ts'
import { endRestoring } from './deleted-tickets.service.ts'
import { objectRoutes } from './objects.routes.ts'
import { countMissingAttachments, reconcileStore, removeObjectsOf, sweepUploads } from './store.service.ts'

/** How long one file may take to be removed, and all files to be compared with the database. */
const removalLimitMs = 60_000
const comparisonLimitMs = 4 * 3_600_000

export const attachments: Module = {
  name: 'desk/attachments',
  tenantTables: ['attachments', 'attachment_uploads'],
  routes: [...attachmentRoutes, ...objectRoutes],
  conditions: attachmentConditions,
  tasks: () => ({
    remove_attachment: { work: removeAttachmentTask, limitMs: removalLimitMs },
    reconcile_attachments: { work: reconcileStore, limitMs: comparisonLimitMs },
  }),
  schedules: [{ schedule: '17 3 * * *', task: 'reconcile_attachments' }],
  cleanUps: [
    // The files of a batch are removed together, so the batch is small.
    { name: 'uploads', batch: 100, step: sweepUploads },
    // A ticket has some hundred files, and each is a job.
    { name: 'deleted_tickets', batch: 20, step: endRestoring },
  ],
  tenantRemains: [removeObjectsOf],
  gauges: [
    {
      name: 'counterdesk_attachments_missing',
      help: 'Attachments whose file the store does not have.',
      read: countMissingAttachments,
    },
  ],
}
