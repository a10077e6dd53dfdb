// Figures as people read them. A missing reading is said, never shown as 0.
export const ma = (ua) => (ua === null || ua === undefined ? "no reading" : `${(ua / 1000).toFixed(1)} mA`);
export const kohm = (ohm) => (ohm === null || ohm === undefined ? "no reading" : `${(ohm / 1000).toFixed(1)} kΩ`);
export const dose = (nc) => (nc === null || nc === undefined ? "not known" : `${(nc / 6e7).toFixed(1)} mA·min`);

export function clock(ms) {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const wall = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  timeZone: document.documentElement?.dataset.zone || "Europe/London",
});
export const time = (moment) => wall.format(moment);

export const PHASES = {
  1: "Ramping up", 2: "Plateau", 3: "Reversing", 4: "Going to hold",
  5: "Held", 6: "Ending", 7: "Stopping", 8: "Ended",
};
