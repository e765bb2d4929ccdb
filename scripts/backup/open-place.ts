import type { Config } from '../../src/platform/config.ts'
import type { BackupPlace } from './backup-place.ts'
import { openFolderPlace } from './folder-place.ts'
import { openS3Place } from './s3-place.ts'

/**
 * Opens the place that an operator names: a folder, or `s3://bucket/prefix` of the store that the settings name.
 * @throws Error when the settings of the store are missing, or when the bucket is that of the attachments.
 */
export const openPlace = (config: Config, where: string): BackupPlace =>
  where.startsWith('s3://') ? openS3Place(config, where) : openFolderPlace(where)
