import Foundation
import Testing

@Suite("The help")
struct HelpTests {
  /// Compares with a file that RECORD_HELP=1 writes anew.
  @Test(
    "is this, word by word",
    arguments: [
      ("", "flashsim.txt"), ("run", "flashsim-run.txt"), ("sweep", "flashsim-sweep.txt"),
      ("tune", "flashsim-tune.txt"), ("bounds", "flashsim-bounds.txt"),
      ("pattern", "flashsim-pattern.txt"), ("reproduce", "flashsim-reproduce.txt"),
      ("verify", "flashsim-verify.txt"),
      ("bench", "flashsim-bench.txt"),
    ])
  func golden(command: String, name: String) async throws {
    let outcome = try await flashsim(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(outcome.status == 0 && outcome.errors == "")
    if ProcessInfo.processInfo.environment["RECORD_HELP"] != nil {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures").appending(path: name)
      try Data(outcome.output.utf8).write(to: file)
      Issue.record("The help was recorded as \(file.path).")
    } else {
      let file = Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: name)
      #expect(outcome.output == (try String(contentsOf: file, encoding: .utf8)))
    }
  }

  @Test("fits into 80 columns, and names every option of the contract")
  func contents() async throws {
    let help = try await flashsim(["run", "--help"]).output
    let others = try await [
      flashsim(["sweep", "--help"]).output, flashsim(["tune", "--help"]).output,
      flashsim(["bench", "--help"]).output,
      flashsim(["verify", "--help"]).output,
    ]
    for text in [help] + others {
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
    let words = Set(help.split { " \n".contains($0) })
    for option in [
      "algorithm", "pass", "splits", "causal", "mask", "pattern", "dropout", "softcap", "alibi",
      "input",
      "query", "key", "value",
      "output-gradient", "output", "dropout-mask", "probabilities", "batch", "heads", "kv-heads",
      "queries", "keys", "head-dim", "value-dim", "tokens", "dtype", "sram", "blocks", "scale",
      "mode", "seed", "threads", "simd", "format", "export",
    ] {
      #expect(words.contains("--\(option)"))
    }
  }

  @Test("comes without arguments, and the version with --version")
  func bare() async throws {
    let bare = try await flashsim([])
    #expect(bare.status == 0 && bare.output.contains("USAGE: flashsim <subcommand>"))
    let version = try await flashsim(["--version"])
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }
}
