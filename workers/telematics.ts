import { runProcess } from '#platform/lifecycle';
import { startTelematics } from './telematics/process.ts';

/** The telematics process. A stop takes no more messages, stores what it has and acknowledges it. */
runProcess('telematics', startTelematics);
