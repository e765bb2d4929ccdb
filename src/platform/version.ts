import about from '../../package.json' with { type: 'json' }

/** The version of the program, as `package.json`, the API document, `/version` and the metrics say it. */
export const { version } = about
