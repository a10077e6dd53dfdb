// Every page: the design system's components, live figures, STOP.
import { initAll } from "../vendor/nhsuk/nhsuk.min.js";
import { start as startFigures } from "./live/figures.js";
import { start as startStops } from "./stop.js";
import { start as startTimers } from "./timers.js";

startStops();
initAll();
startFigures();
startTimers();
