// Loaded into a program before all else (`--import`): its clock goes wrong by as many minutes as FAULTS_CLOCK says, one
// of the list after the other at each SIGUSR2. Timers and `performance.now()` go on as they are, as they do when somebody
// sets a machine's clock; the database, a machine of its own, keeps the true time.
const shiftsMs = (process.env.FAULTS_CLOCK ?? '').split(',').map((minutes) => Number(minutes) * 60_000)
const trueNow = Date.now
let turn = 0

Date.now = () => trueNow() + (shiftsMs[turn % shiftsMs.length] ?? 0)
globalThis.Date = new Proxy(Date, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length > 0 ? parts : [Date.now()], newTarget),
  apply: () => new Date().toString(),
})
process.on('SIGUSR2', () => {
  turn += 1
})
