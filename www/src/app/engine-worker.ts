/** The worker in which the engine runs: that of the package, and an observer of its requests. No `await`: the page's first message would be missed. */

import './tell-requests.js';
import 'visavis/worker';
