class VaultFile < Formula
  desc "Encrypted secrets in one file that git can merge"
  homepage "https://example.org/vault"
  url "https://example.org/vault/vault-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000" # as in SHA256SUMS
  license "ISC"

  depends_on "make" => :build
  depends_on "pkgconf" => :build
  depends_on "libsodium"

  def install
    system "gmake", "install", "PREFIX=#{prefix}", "MANDIR=#{man}",
           "BASHDIR=#{bash_completion}", "ZSHDIR=#{zsh_completion}", "FISHDIR=#{fish_completion}"
  end

  test do
    ENV["VAULT_IDENTITY_FILE"] = testpath/"key"
    system bin/"vault", "keygen", "-o", "key"
    system bin/"vault", "init"
    system bin/"vault", "set", "db/URL=postgres"
    assert_equal "postgres", shell_output("#{bin}/vault get db/URL").strip
  end
end
