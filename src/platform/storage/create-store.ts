import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Secrets } from '../secrets.ts'
import { createLocalStore } from './local-store.ts'
import type { ObjectStore } from './object-store.ts'
import { createS3Store } from './s3-store.ts'

/** The store that the settings name: an S3 bucket, else the data folder. */
export const createObjectStore = (config: Config, secrets: Secrets, clock: Clock): ObjectStore => {
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region } = config
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config
  if (endpoint && bucket && accessKeyId && secretAccessKey) {
    return createS3Store({ endpoint, bucket, region, accessKeyId, secretAccessKey }, { clock })
  }
  return createLocalStore(clock, join(config.DATA_DIR, 'attachments'), secrets.objects)
}
