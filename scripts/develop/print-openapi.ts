import { config as loadEnvironment } from 'dotenv'
import { openApiDocument } from '../../src/app.ts'
import { readConfig } from '../../src/platform/config.ts'

loadEnvironment({ quiet: true })
console.log(JSON.stringify(openApiDocument(readConfig(process.env).PUBLIC_URL), null, 2))
