import FlashCore
import HBMSim
import Testing

@Suite("Progress")
struct ProgressTests {
  @Test("goes from 0 to 1 over the launches that the plan tells", arguments: Algorithm.allCases)
  func launches(algorithm: Algorithm) throws {
    let progress = LaunchProgress()
    #expect(progress.fraction(ofLaunches: 1) == 0)
    var machine = machine(mode: .count)
    machine.progress = progress
    let plan = try AttentionPlan(
      algorithm, shape: AttentionShape(heads: 3, queries: 40, headDim: 8), on: machine)
    _ = try plan.count()
    #expect(progress.launches == plan.launches)
    #expect(progress.fraction(ofLaunches: plan.launches) == 1)
    // Another plan would be half way.
    #expect(progress.fraction(ofLaunches: 2 * plan.launches) == 0.5)
    progress.reset()
    #expect(progress.launches == 0 && progress.fraction(ofLaunches: 1) == 0)
  }
}
