/** The product as its user meets it: stories told through the real VS Code alone. */
import { afterAll } from 'vitest'
import { approvalStories } from './stories/approvals.ts'
import { backgroundStories } from './stories/background.ts'
import { demoStories } from './stories/demo.ts'
import { limitStories } from './stories/limits.ts'
import { madeStories } from './stories/made.ts'
import { outOfViewStories } from './stories/outOfView.ts'
import { parallelStories } from './stories/parallel.ts'
import { problemStories } from './stories/problems.ts'
import { queueStories } from './stories/queue.ts'
import { quickFixStories } from './stories/quickFix.ts'
import { restoreStories } from './stories/restore.ts'
import { reviewStories } from './stories/review.ts'
import { safetyStories } from './stories/safety.ts'
import { steerStories } from './stories/steer.ts'
import { stopStories } from './stories/stop.ts'
import { closeBrowser } from './support/openVsCode.ts'
import { studio } from './support/studio.ts'

const all = studio()
parallelStories(all)
stopStories(all)
approvalStories(all)
safetyStories(all)
queueStories(all)
steerStories(all)
backgroundStories(all)
quickFixStories(all)
problemStories(all)
limitStories(all)
demoStories(all)
outOfViewStories(all)
reviewStories(all)
restoreStories(all)
madeStories(all)
afterAll(closeBrowser)
