import Foundation
import Testing

@Suite("A mistake in the options")
struct MistakeTests {
  /// A command line, and the sentence that answers it.
  struct Mistake: CustomTestStringConvertible, Sendable {
    let line: String
    let sentence: String

    init(_ line: String, _ sentence: String) {
      self.line = line
      self.sentence = sentence
    }

    var testDescription: String { line }
  }

  static let sizes = [
    "batch", "heads", "kv-heads", "tokens", "queries", "keys", "head-dim", "value-dim",
  ]

  private static func masks(_ mistake: String) -> String {
    "Please give --mask none, causal, causal-bottom-right, window:LEFT,RIGHT, sinks:COUNT, "
      + "padding:LENGTHS or packed:LENGTHS, joined by +, not '\(mistake)'."
  }

  private static func patterns(_ mistake: String) -> String {
    "Please give --pattern full, butterfly, butterfly:FACTORS, local:WIDTH, "
      + "longformer:WIDTH,GLOBAL, bigbird:WIDTH,GLOBAL,RANDOM, fixed:LOCAL,GLOBAL, strided:STRIDE, "
      + "random:DENSITY or file:PATH, not '\(mistake)'."
  }

  static let mistakes =
    sizes.flatMap { size in
      [
        Mistake("--\(size) 0", "Please give positive sizes: --\(size) is 0."),
        Mistake("--\(size) -5", "Please give positive sizes: --\(size) is -5."),
        Mistake("--\(size) 1,-5", "Please give positive sizes: --\(size) is -5."),
        Mistake(
          "--\(size) 99999999999999999999",
          "Please give --\(size) whole numbers up to 9223372036854775807, "
            + "not '99999999999999999999'."),
        Mistake(
          "--\(size) 4,x",
          "Please give --\(size) whole numbers up to 9223372036854775807, not 'x' in '4,x'."),
        Mistake(
          "--\(size) 2 --input x.npz",
          "Please leave out --\(size): the sizes are those of the file."),
      ]
    } + [
      Mistake(
        "--heads 1,,2",
        "Please give --heads whole numbers up to 9223372036854775807, not '' in '1,,2'."),
      Mistake(
        "--tokens 8 --queries 4", "Please give either --tokens, or --queries and --keys."),
      Mistake("--tokens 8 --keys 4", "Please give either --tokens, or --queries and --keys."),
      Mistake(
        "--algorithm flash9",
        "Please give --algorithm standard, standard-eager, flash1, flash2, split-kv or square-tiling, not 'flash9'."
      ),
      Mistake(
        "--algorithm flash1,",
        "Please give --algorithm standard, standard-eager, flash1, flash2, split-kv or square-tiling, not '' in 'flash1,'."
      ),
      Mistake("--splits 0 --algorithm split-kv", "Please give --splits 1 or more, not 0."),
      Mistake("--splits 4,-1 --algorithm split-kv", "Please give --splits 1 or more, not -1."),
      Mistake(
        "--splits 4,x --algorithm split-kv",
        "Please give --splits whole numbers up to 9223372036854775807, not 'x' in '4,x'."),
      Mistake(
        "--splits 4",
        "Please give --splits with --algorithm split-kv: no other splits keys."),
      Mistake("--dtype f8", "Please give --dtype f32, f16 or bf16, not 'f8'."),
      Mistake(
        "--pass sideways", "Please give --pass forward, backward or both, not 'sideways'."),
      Mistake("--mask causal,window", Self.masks("window")),
      Mistake("--mask window:3", Self.masks("window:3")),
      Mistake("--mask none,window:3,x", Self.masks("window:3")),
      Mistake("--mask causal+padding:", Self.masks("causal+padding:")),
      Mistake("--dropout 1", "Please give --dropout in [0, 1), not 1.0."),
      Mistake("--dropout 0.1,-0.5", "Please give --dropout in [0, 1), not -0.5."),
      Mistake("--softcap 0", "Please give --softcap a positive number, not 0.0."),
      Mistake("--output-gradient x.npy", "Please give all of --query, --key and --value."),
      Mistake("--mode fast", "Please give --mode execute or count, not 'fast'."),
      Mistake(
        "--simd sse", "Please give --simd auto, baseline, avx2, avx512 or neon, not 'sse'."),
      Mistake("--scale big", "Please give --scale numbers, not 'big'."),
      Mistake("--scale inf", "Please give a finite --scale, not inf."),
      Mistake("--scale nan", "Please give a finite --scale, not nan."),
      Mistake(
        "--seed -1", "Please give --seed whole numbers from 0 to 18446744073709551615, not '-1'."),
      Mistake("--threads 0", "Please give --threads 1 to 4096, not 0."),
      Mistake("--threads 5000", "Please give --threads 1 to 4096, not 5000."),
      Mistake(
        "--input x.npz --query y.npy",
        "Please give either --input, or --query, --key and --value."),
      Mistake("--query q.npy --key k.npy", "Please give all of --query, --key and --value."),
      Mistake(
        "--input q.npy",
        "Please give .npy files by --query, --key and --value: q.npy has one tensor alone."),
      Mistake("--export x.txt", "Please let --export end in .json, .csv or .md: 'x.txt' does not."),
      Mistake("--export json", "Please let --export end in .json, .csv or .md: 'json' does not."),
      Mistake(
        "--output x.npy", "Please let --output end in .safetensors or .npz: 'x.npy' does not."),
      Mistake("--output x.pt", "Please let --output end in .safetensors or .npz: 'x.pt' does not."),
      Mistake(
        "--output x.npz --mode count",
        "Please leave out --output in count mode: there is nothing to write."),
      Mistake(
        "--output x.npz --tokens 8,16",
        "Please give --output to one run an algorithm: these are 6 runs of 3 algorithms."),
      Mistake("--pattern file:", Self.patterns("file:")),
      Mistake("--pattern full,file:x.npy,spiral", Self.patterns("spiral")),
      Mistake(
        "--dropout-mask x.pt --dropout 0.1",
        "Please let --dropout-mask end in .safetensors, .npz or .npy: 'x.pt' does not."),
      Mistake(
        "--dropout-mask x.npy",
        "Please give --dropout-mask with a --dropout above 0: nothing is dropped."),
      Mistake(
        "--dropout-mask x.npy --dropout 0.1,0.2 --seed 1,2,3",
        "Please give --dropout-mask to runs that drop the same weights: these have 6 masks."),
      Mistake(
        "--dropout-mask x.npy --dropout 0.1 --tokens 8,16",
        "Please give --dropout-mask to runs that drop the same weights: these have 2 masks."),
      Mistake(
        "--probabilities x.csv",
        "Please let --probabilities end in .safetensors, .npz or .npy: 'x.csv' does not."),
      Mistake(
        "--probabilities x.npz", "Please give --probabilities to one run: these are 3."),
      Mistake(
        "--probabilities x.npz --algorithm flash1 --mode count",
        "Please leave out --probabilities in count mode: there is nothing to write."),
      Mistake(
        "--probabilities x.npz --algorithm flash1 --output x.npz",
        "Please give every file a name of its own: 'x.npz' is to be written twice."),
      Mistake("--head 4", "Unknown option '--head'. Did you mean '--heads'?"),
      Mistake("more", "Unexpected argument 'more'."),
      Mistake("--tokens", "Missing value for '--tokens <tokens>'."),
    ]
    + ["0", "-1KB", "1e3", "KB", "99999999999999GiB"].map {
      Mistake(
        "--sram \($0)",
        "Please give --sram a positive capacity such as 100KB, 192KiB, 25600el or unlimited, "
          + "not '\($0)'.")
    }
    + ["0x4", "4", "64x", "-4x4", "4x4x4", "fits"].map {
      Mistake(
        "--blocks \($0)",
        "Please give --blocks fit, fast, paper or positive ROWSxCOLUMNS such as 64x128, not '\($0)'."
      )
    }

  @Test("is answered by one sentence and status 64", arguments: mistakes)
  func answer(mistake: Mistake) async throws {
    let scratch = try Scratch()
    let outcome = try await run(mistake.line, in: scratch)
    #expect(outcome.status == 64)
    #expect(outcome.complaint == mistake.sentence)
    #expect(outcome.output == "")
    #expect(try scratch.names == [])
  }

  @Test("in the name of the command is answered in the same way")
  func command() async throws {
    let outcome = try await flashsim(["walk"])
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(outcome.complaint == "Unexpected argument 'walk'.")
  }
}
