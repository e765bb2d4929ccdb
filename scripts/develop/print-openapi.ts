import { config as loadEnvironment } from 'dotenv'
import { openApiDocument } from '../../src/api-document.ts'
import { readConfig } from '../../src/platform/config.ts'
import { readOptions } from '../lib/options.ts'

readOptions({ script: 'openapi', about: 'Prints the API document. With npm, write -s before openapi.' })

loadEnvironment({ quiet: true })
console.log(JSON.stringify(openApiDocument(readConfig(process.env).PUBLIC_URL), null, 2))
