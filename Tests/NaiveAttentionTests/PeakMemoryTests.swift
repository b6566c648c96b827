import NaiveAttention
import Testing

@Suite("The peak of naive attention")
struct PeakMemoryTests {
  @Test("is S for each head in flight, its row sums, and the results", arguments: [1, 2, 6, 7])
  func bytes(threads: Int) throws {
    let shape = try AttentionShape(
      batch: 2, heads: 3, queries: 100, keys: 33, headDim: 16, valueDim: 8)
    let inFlight = [1: 1, 2: 2, 6: 6, 7: 1][threads] ?? 0  // 7 threads share a head
    let scores = 100 * 40 * 4  // rows of 33 are padded to 40
    let sums = 100 * 4
    let results = 2 * 3 * 100 * (8 + 1) * 4
    #expect(shape.scoreBytes == scores)
    #expect(try shape.naivePeakMemory(threads: threads) == inFlight * (scores + sums) + results)
  }

  @Test("is compared with a plausible memory of the machine")
  func host() {
    #expect(hostMemory > 1 << 28)
    #expect(hostMemory < 1 << 50)
  }
}
