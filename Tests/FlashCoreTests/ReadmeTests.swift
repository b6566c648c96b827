import FlashCore
import Foundation
import Testing

@Suite("The README")
struct ReadmeTests {
  /// The library example of the README: its code block, but for the import, is what stands between
  /// the two markers.
  func example() throws -> AttentionResult {
    // README: begin
    // Standard normal queries, keys and values of 8 heads: [batch, heads, tokens, dim].
    let q = try Tensor(normal: [1, 8, 1024, 64], seed: 0)
    let k = try Tensor(normal: [1, 8, 1024, 64], seed: 1)
    let v = try Tensor(normal: [1, 8, 1024, 64], seed: 2)

    // Cores with 192 KiB of SRAM each. Leave `on:` out where only the answer matters.
    let machine = Machine(sram: .kibibytes(192))
    let result = try scaledDotProductAttention(query: q, key: k, value: v, on: machine)

    print(result.output.shape)
    print(result.traffic.readBytes, result.traffic.writtenBytes)
    let ledger = result.execution.ledger
    for tensor in ledger.tensors {
      let moved = ledger.traffic(of: tensor)
      print(tensor, moved.readElements, moved.writtenElements)
    }
    // README: end
    return result
  }

  @Test("shows an example that is compiled here")
  func code() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let body = source.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasSuffix("// README: " + "begin") }
      .dropFirst()
      .prefix { !$0.hasSuffix("// README: " + "end") }
      .map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }
    let expected = "import FlashCore\n\n" + body.joined(separator: "\n")
    #expect(body.count > 10)
    #expect(try blocks(of: "swift").contains(expected))
  }

  @Test("shows what the example prints")
  func output() throws {
    let result = try example()
    let ledger = result.execution.ledger
    let lines =
      [
        "\(result.output.shape)",
        "\(result.traffic.readBytes) \(result.traffic.writtenBytes)",
      ]
      + ledger.tensors.map {
        "\($0) \(ledger.traffic(of: $0).readElements) \(ledger.traffic(of: $0).writtenElements)"
      }
    #expect(try blocks(of: "text").contains(lines.joined(separator: "\n")))
  }

  /// The code blocks of the README that are marked with this language.
  private func blocks(of language: String) throws -> [String] {
    let readme = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    return text.components(separatedBy: "\n```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "\n```")[0]
    }
  }
}
