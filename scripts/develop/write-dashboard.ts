import { writeFile } from 'node:fs/promises'
import { dashboard } from '../deploy/watching/dashboard.ts'
import { readOptions } from '../lib/options.ts'

readOptions({ script: 'dashboard', about: 'Writes scripts/deploy/watching/dashboard.json, the dashboard for Grafana.' })

await writeFile(
  new URL('../deploy/watching/dashboard.json', import.meta.url),
  `${JSON.stringify(dashboard(), null, 2)}\n`,
)
console.log('wrote scripts/deploy/watching/dashboard.json')
