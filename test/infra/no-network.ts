/** Imported before a program, to prove that it needs nobody: every connection and every name looked up is an error. */
import dns from 'node:dns'
import net from 'node:net'

const refuse = () => {
  throw new Error('this program must work offline, and tried the network')
}
net.Socket.prototype.connect = refuse
dns.lookup = refuse as unknown as typeof dns.lookup
dns.promises.lookup = refuse
