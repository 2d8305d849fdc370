/*
 * A small HTTP/1.1 server as C++ programs are written: threads, containers, regular expressions,
 * function objects, recursion, exceptions; and a buffer on the stack, most of it never touched.
 * bench_stacks.py profiles it. `cpp_server PORT`; ends by a signal.
 */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

struct request {
	std::string method, path;
	std::map<std::string, std::string> headers;
};

request parse(const std::string &text)
{
	static const std::regex first("^([A-Z]+) ([^ ]+) HTTP/1\\.[01]$");
	std::istringstream lines(text);
	std::string line;
	request result;
	std::smatch match;

	std::getline(lines, line);
	if (!line.empty() && line.back() == '\r')
		line.pop_back();
	if (!std::regex_match(line, match, first))
		throw std::runtime_error("no request line: " + line);
	result.method = match[1];
	result.path = match[2];
	while (std::getline(lines, line) && line.size() > 1) {
		size_t colon = line.find(':');

		if (colon != std::string::npos)
			result.headers[line.substr(0, colon)] = line.substr(colon + 1);
	}
	return result;
}

struct node {
	std::string key;
	std::vector<std::unique_ptr<node>> children;
};

std::unique_ptr<node> grow(int depth)
{
	auto made = std::make_unique<node>();

	made->key = "n" + std::to_string(depth);
	for (int i = 0; depth > 0 && i < 2; i++)
		made->children.push_back(grow(depth - 1));
	return made;
}

void print(const node &from, std::string &out,
	   const std::function<std::string(const std::string &)> &quote)
{
	out += "{" + quote(from.key) + ":[";
	for (const auto &child : from.children)
		print(*child, out, quote);
	out += "]}";
}

int check(int depth, int value)
{
	if (depth > 0)
		return check(depth - 1, value) + 1;
	if (value % 2 != 0)
		throw std::out_of_range("odd");
	return 0;
}

std::string answer(const request &from, int count)
{
	std::vector<std::string> names;
	std::string out;

	for (const auto &header : from.headers)
		names.push_back(header.first);
	for (int i = 0; i < 50; i++)
		names.push_back(std::to_string(i * 7919 % 50));
	std::sort(names.begin(), names.end(),
		  [](const std::string &a, const std::string &b) { return a > b; });
	print(*grow(5), out, [](const std::string &text) { return "\"" + text + "\""; });
	try {
		out += std::to_string(check(12, count));
	} catch (const std::out_of_range &error) {
		out += error.what();
	}
	for (const auto &name : names)
		out += name;
	return out;
}

void serve(int listener)
{
	std::vector<pollfd> fds = {{listener, POLLIN, 0}};
	char buffer[8192];

	for (int count = 0;; count++) {
		if (poll(fds.data(), fds.size(), -1) < 0)
			return;
		for (size_t i = fds.size(); i-- > 1;) {
			ssize_t length =
				fds[i].revents != 0 ? read(fds[i].fd, buffer, sizeof(buffer)) : 1;

			if (length <= 0) {
				close(fds[i].fd);
				fds.erase(fds.begin() + static_cast<long>(i));
			} else if (fds[i].revents != 0) {
				std::string body, text;

				try {
					body = answer(parse(std::string(
							      buffer, static_cast<size_t>(length))),
						      count);
				} catch (const std::exception &error) {
					body = error.what();
				}
				text = "HTTP/1.1 200 OK\r\nContent-Length: " +
				       std::to_string(body.size()) + "\r\n\r\n" + body;
				if (write(fds[i].fd, text.data(), text.size()) < 0)
					perror("cpp_server: write");
			}
		}
		if (fds[0].revents != 0) {
			int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);

			if (fd >= 0)
				fds.push_back({fd, POLLIN, 0});
		}
	}
}

} // namespace

int main(int argc, char **argv)
{
	sockaddr_in address = {};
	std::vector<std::thread> threads;
	int one = 1;

	if (argc != 2) {
		fprintf(stderr, "Usage: cpp_server PORT\n");
		return 64;
	}
	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<uint16_t>(strtoul(argv[1], nullptr, 10)));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)); /* a listener each */
		if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0 ||
		    listen(fd, 128) < 0) {
			perror("cpp_server");
			return 1;
		}
		threads.emplace_back(serve, fd);
	}
	for (auto &thread : threads)
		thread.join();
	return 0;
}
