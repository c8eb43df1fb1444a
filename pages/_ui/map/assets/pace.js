// How many points to draw in a frame: as many as this machine manages without a stutter.

const LEAST = 50000
const MOST = 4000000
const SLOW = 100 // ms from one frame to the next
const FAST = 50

export class Pace {
  budget = 150000

  // Called in a frame that drew so many points: how late the next one is says what they cost.
  measure(now, drew) {
    if (drew <= LEAST) return
    requestAnimationFrame((next) => {
      const took = next - now
      if (took > SLOW) this.budget = Math.max(LEAST, Math.round(drew * 0.7))
      else if (took < FAST && drew >= this.budget) this.budget = Math.min(MOST, Math.round(this.budget * 1.25))
    })
  }
}
