import Testing

@Suite("The check against float64")
struct VerificationTests {
  private static let problem =
    "--batch 2 --heads 6 --kv-heads 3 --queries 50 --keys 70 --head-dim 8"

  /// Options that change results, alone and together.
  private static let options = [
    "--causal", "--mask causal-bottom-right+window:9,0+sinks:3", "--mask padding:70,31",
    "--pattern bigbird:3,1,1 --blocks 16x16", "--softcap 2", "--alibi", "--dropout 0.3",
    "--mask padding:61,70 --causal --pattern butterfly --blocks 16x16 --softcap 2 --alibi "
      + "--dropout 0.3",
  ]

  @Test("knows every option, in both passes", arguments: options)
  func everyOption(option: String) async throws {
    let runs = try await runs("\(Self.problem) --pass forward,both \(option)")
    #expect(runs.count == 6)
    for run in runs {
      let error = try #require(run.error, "\(run.algorithm) \(run.pass)")
      #expect(error.maxAbs <= 1e-5 && error.rows == 50, "\(run.algorithm) \(run.pass)")
    }
  }

  @Test("would see an option that is not kept to", arguments: options)
  func everyOptionMatters(option: String) async throws {
    let scratch = try Scratch()
    let line = "\(Self.problem) --algorithm flash2 --output"
    _ = try await quietRun("\(line) with.npz \(option)", in: scratch)
    _ = try await quietRun("\(line) without.npz", in: scratch)
    let (with, without) = (
      try scratch.tensors("with.npz").floats("o"), try scratch.tensors("without.npz").floats("o")
    )
    #expect(zip(with, without).contains { abs($0 - $1) > 0.1 })
  }

  @Test("is of each run's own options")
  func crossProduct() async throws {
    let runs = try await runs(
      "--tokens 40 --seed 1,2 --dropout 0,0.2,0.4 --softcap 1,3 --algorithm flash1,flash2")
    #expect(runs.count == 24)
    for run in runs { #expect(try #require(run.error).maxAbs <= 1e-5) }
  }

  @Test("takes some rows where that was asked for, of forward passes alone", arguments: options)
  func sample(option: String) async throws {
    let runs = try await runs(
      "--batch 2 --heads 2 --tokens 300 --head-dim 8 --algorithm flash2 --pass forward,both "
        + "--reference sample \(option.replacing("70", with: "300"))")
    try #require(runs.count == 2)
    let error = try #require(runs[0].error)
    #expect(error.maxAbs <= 1e-5 && error.rows == 256)
    #expect(runs[1].error == nil)
  }

  @Test("takes some rows of a large problem under a causal mask")
  func largeCausal() async throws {
    let runs = try await runs("--tokens 16400 --head-dim 4 --algorithm flash2 --causal")
    let error = try #require(runs.first?.error)
    #expect(error.maxAbs <= 1e-5 && error.rows == 256)
  }

  @Test("has OpenBLAS beside it where that computes the same", arguments: options)
  func naive(option: String) async throws {
    let line = "\(Self.problem) --algorithm flash1"
    let naive = try #require(try await runs(line).first?.naive)
    #expect(naive.maxAbs <= 1e-5 && naive.seconds > 0)
    #expect(try await runs("\(line) \(option)").first?.naive == nil)
  }
}
