import { expect, test } from 'vitest'
import { linesOf } from './change-lines.ts'
import { partsOf } from './changes.words.ts'
import { completeSince, entriesOf, joinRows, nextStreams, type Streams } from './timeline-model.ts'
