import Foundation
import SIMDKernels
import TensorFiles
import Testing

@Suite("The output")
struct OutputTests {
  @Test(
    "of the example is what its file says",
    arguments: ["standard", "standard-eager", "flash1", "flash2", "square-tiling"])
  func example(algorithm: String) async throws {
    let scratch = try Scratch()
    let runs = try await runs(
      "--input \(flashsimTests.example) --algorithm \(algorithm) --output out.safetensors",
      in: scratch)
    #expect(runs.map(\.shape.heads) == [4] && runs.map(\.shape.queries) == [512])
    let expected = try TensorFile(path: flashsimTests.example)
    let actual = try scratch.tensors("out.safetensors")
    for name in ["o", "lse"] {
      #expect(try actual.shape(name) == expected.shape(name))
      let distances = try zip(actual.floats(name), expected.floats(name)).map { actual, expected in
        abs(actual - expected) / max(1, abs(expected))
      }
      #expect(try #require(distances.max()) <= 5e-6, "\(name)")
    }
  }

  @Test(
    "bears the algorithm's name where there are several, in both formats",
    arguments: ["x.safetensors", "x.npz"])
  func names(file: String) async throws {
    let scratch = try Scratch()
    _ = try await quietRun("--tokens 8 --algorithm flash1,standard --output \(file)", in: scratch)
    let several = try scratch.tensors(file)
    #expect(
      Set(several.names) == ["flash1.o", "flash1.lse", "standard.o", "standard.lse"])
    #expect(try several.shape("flash1.o") == [1, 1, 8, 64])
    _ = try await quietRun("--tokens 8 --algorithm flash1 --output \(file)", in: scratch)
    let one = try scratch.tensors(file)
    #expect(Set(one.names) == ["o", "lse"])
    #expect(try one.floats("o") == several.floats("flash1.o"))
    #expect(try scratch.names == [file])
  }

  @Test(
    "of the example's backward pass is what its file says",
    arguments: ["standard", "standard-eager", "flash1", "flash2", "square-tiling"])
  func gradients(algorithm: String) async throws {
    let scratch = try Scratch()
    _ = try await runs(
      "--input \(flashsimTests.example) --algorithm \(algorithm) --pass backward --output out.npz",
      in: scratch)
    let expected = try TensorFile(path: flashsimTests.example)
    let actual = try scratch.tensors("out.npz")
    for name in ["dq", "dk", "dv"] {
      #expect(try actual.shape(name) == expected.shape(name))
      let greatest = try #require(expected.floats(name).map(abs).max())
      let distance = try zip(actual.floats(name), expected.floats(name)).map { abs($0 - $1) }.max()
      #expect(try #require(distance) <= 2e-5 * greatest, "\(name)")
    }
  }

  @Test("under a mask is the same however the mask is said")
  func masks() async throws {
    let scratch = try Scratch()
    let line = "--tokens 40 --algorithm flash1 --pass both --output"
    _ = try await quietRun(line + " a.npz --causal", in: scratch)
    _ = try await quietRun(line + " b.npz --mask causal", in: scratch)
    _ = try await quietRun(line + " c.npz --mask window:*,0", in: scratch)
    _ = try await quietRun(line + " d.npz", in: scratch)
    let causal = try scratch.tensors("a.npz")
    for name in ["o", "lse", "dq", "dk", "dv"] {
      #expect(try causal.floats(name) == scratch.tensors("b.npz").floats(name))
      #expect(try causal.floats(name) == scratch.tensors("c.npz").floats(name))
      #expect(try causal.floats(name) != scratch.tensors("d.npz").floats(name))
    }
  }

  @Test("has the rank of the input")
  func ranks() async throws {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "three.npz")
    try scratch.writeTensors(Sample.problemWithBatch, to: "four.npz")
    let line = "--algorithm flash2 --output out.npz --input "
    _ = try await quietRun(line + "three.npz", in: scratch)
    let three = try scratch.tensors("out.npz")
    #expect(try three.shape("o") == [2, 12, 8] && three.shape("lse") == [2, 12])
    _ = try await quietRun(line + "four.npz", in: scratch)
    let four = try scratch.tensors("out.npz")
    #expect(try four.shape("o") == [1, 2, 12, 8] && four.shape("lse") == [1, 2, 12])
    #expect(try four.floats("o") == three.floats("o"))
  }

  @Test("is decided by the seed")
  func seeds() async throws {
    let scratch = try Scratch()
    for (name, seed) in [("a", 5), ("b", 5), ("c", 6)] {
      _ = try await quietRun(
        "--tokens 16 --algorithm flash2 --seed \(seed) --output \(name).npz", in: scratch)
    }
    #expect(try scratch.data("a.npz") == scratch.data("b.npz"))
    #expect(try scratch.data("a.npz") != scratch.data("c.npz"))
  }

  @Test("is the same, byte by byte, on any number of threads")
  func threads() async throws {
    let scratch = try Scratch()
    for threads in [1, 2, 7] {
      _ = try await quietRun(
        "--tokens 100 --heads 3 --blocks 16x32 --threads \(threads) --output \(threads).npz",
        in: scratch)
    }
    #expect(try scratch.data("1.npz") == scratch.data("2.npz"))
    #expect(try scratch.data("1.npz") == scratch.data("7.npz"))
  }

  @Test("comes from every instruction set that there is, and from no other")
  func instructionSets() async throws {
    for set in InstructionSet.allCases {
      let outcome = try await run("--tokens 32 --simd \(set.rawValue) --format json")
      if set.isAvailable {
        let run = try #require(Document(outcome.output).runs.first)
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(try #require(run.error).maxAbs < 2e-6)
      } else {
        #expect(outcome.status == 1 && outcome.output == "")
        let complaint = try #require(outcome.complaint)
        #expect(complaint.hasPrefix("This CPU does not run \(set.rawValue); it runs baseline"))
      }
    }
  }

  @Test("replaces the input's own file")
  func ownFile() async throws {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "x.safetensors")
    _ = try await quietRun(
      "--input x.safetensors --algorithm flash1 --output x.safetensors", in: scratch)
    #expect(try Set(scratch.tensors("x.safetensors").names) == ["o", "lse"])
  }
}
