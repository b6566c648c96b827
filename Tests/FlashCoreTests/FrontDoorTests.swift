@_spi(Host) import FlashCore
import HBMSim
import Testing

@Suite("The front door")
struct FrontDoorTests {
  @Test("gives output, log-sum-exp and traffic with the shapes of the field")
  func shapes() throws {
    let q = try Tensor(normal: [2, 4, 10, 8], seed: 1)
    let k = try Tensor(normal: [2, 2, 12, 8], seed: 2)
    let v = try Tensor(normal: [2, 2, 12, 6], seed: 3)
    let result = try scaledDotProductAttention(query: q, key: k, value: v, on: Machine())
    #expect(result.output.shape == [2, 4, 10, 6])
    #expect(result.logSumExp.shape == [2, 4, 10])
    #expect(result.traffic == result.execution.ledger.total)
    #expect(result.traffic.bytes > 0)
  }

  @Test("on the host gives the same answer as on a small machine")
  func host() throws {
    let tensors = try (0..<3).map { try Tensor(normal: [1, 2, 300, 32], seed: UInt64($0)) }
    let host = try scaledDotProductAttention(
      query: tensors[0], key: tensors[1], value: tensors[2])
    let small = try scaledDotProductAttention(
      query: tensors[0], key: tensors[1], value: tensors[2], on: Machine(sram: .kibibytes(16)))
    #expect(
      zip(host.output.values, small.output.values).allSatisfy { abs($0 - $1) < 2e-6 })
    #expect(host.traffic.bytes < small.traffic.bytes)
  }

  @Test("takes one thread for what is short")
  func threads() throws {
    // 2 · 12 · 32² · (64 + 64) operations are 3.1 million; with 37 queries and keys they are 4.2 million.
    let short = try AttentionShape(batch: 2, heads: 6, queries: 32, headDim: 64)
    let longer = try AttentionShape(batch: 2, heads: 6, queries: 37, headDim: 64)
    #expect(Machine.host(for: short).threads == 1)
    #expect(Machine.host(for: longer).threads == Machine.hostCores)
    #expect(Machine.host(for: short).sram == Machine.host.sram)
  }

  @Test("leaves the inputs as they were, and results apart from each other")
  func inputs() throws {
    let q = try Tensor(normal: [1, 1, 40, 8], seed: 1)
    let before = q.values
    let first = try scaledDotProductAttention(query: q, key: q, value: q, algorithm: .flash1)
    let kept = first.output.values
    _ = try scaledDotProductAttention(query: q, key: q, value: first.output, algorithm: .flash1)
    #expect(q.values == before)
    #expect(first.output.values == kept)
  }

  @Test("of random numbers gives the same for the same seed, standard normal")
  func normal() throws {
    let values = try Tensor(normal: [10_000], seed: 42).values
    #expect(values == (try Tensor(normal: [10_000], seed: 42).values))
    #expect(values != (try Tensor(normal: [10_000], seed: 43).values))
    let mean = values.reduce(0, +) / 10_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
    // Four standard deviations of the mean, 1/√n, and of the variance, √(2/n).
    #expect(abs(mean) < 0.04 && abs(variance - 1) < 0.057)
  }
}
