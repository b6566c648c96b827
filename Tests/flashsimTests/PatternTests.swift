import Testing

@Suite("flashsim pattern")
struct PatternTests {
  @Test("draws the live blocks, and tells their density")
  func drawing() async throws {
    let outcome = try await flashsim([
      "pattern", "butterfly", "--tokens", "510", "--block", "128",
    ])
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(
      outcome.output == """
        ██████··
        ████··██
        ██··████
        ··██████
        12 of 16 blocks of 128×128 are live: density 75.00 %

        """)
  }

  @Test("draws the same random blocks for the same seed")
  func seeds() async throws {
    func drawing(_ seed: String) async throws -> String {
      try await flashsim(["pattern", "random:0.5", "--tokens", "4096", "--seed", seed]).output
    }
    #expect(try await drawing("1") == drawing("1"))
    #expect(try await drawing("1") != drawing("2"))
  }

  @Test(
    "answers mistakes by one sentence and status",
    arguments: [
      (["spiral"], 64, "not 'spiral'."), (["local:x"], 64, "not 'local:x'."),
      (["full", "--tokens", "0"], 64, "Please give positive sizes: --tokens is 0."),
      (["local:0"], 1, "A window of 0 blocks is none."),
      (["random:2"], 1, "A density of 2.0 is not in [0, 1]."),
      (
        ["full", "--tokens", "1000000", "--block", "1"], 64,
        "Please give at most 4096 blocks a side: 1000000 tokens in blocks of 1 are 1000000."
      ),
    ])
  func mistakes(arguments: [String], status: Int, sentence: String) async throws {
    let outcome = try await flashsim(["pattern"] + arguments)
    #expect(Int(outcome.status) == status && outcome.output == "")
    #expect(outcome.complaint?.hasSuffix(sentence) == true, "\(outcome.errors)")
  }
}
