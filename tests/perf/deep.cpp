// SPDX-License-Identifier: GPL-2.0-or-later
// deep [ROUNDS [DEPTH]]: parses, copies and prints a nested JSON document by recursive descent, with strings, maps and shared
// pointers. Stacks are about as deep on average as the document, and reach two and a half times that; neighbouring allocations share most
// of their frames.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Value {
   std::string text;
   std::vector<std::shared_ptr<Value>> items;
   std::map<std::string, std::shared_ptr<Value>> members;
};
using Pointer = std::shared_ptr<Value>;

class Parser {
public:
   explicit Parser(const std::string &text) : text(text) {}
   Pointer value()
   {
      switch (text[at]) {
      case '{': return object();
      case '[': return array();
      default: return scalar();
      }
   }

private:
   Pointer object()
   {
      Pointer v = std::make_shared<Value>();
      while (text[at++] != '}') {
         if (text[at] == '}')
            continue;
         std::string key = word();
         at++; // the colon
         v->members.emplace(key, value());
      }
      return v;
   }
   Pointer array()
   {
      Pointer v = std::make_shared<Value>();
      while (text[at++] != ']')
         if (text[at] != ']')
            v->items.push_back(value());
      return v;
   }
   Pointer scalar()
   {
      Pointer v = std::make_shared<Value>();
      v->text = word();
      return v;
   }
   std::string word()
   {
      std::size_t from = at;
      while (std::string(",:]}").find(text[at]) == std::string::npos)
         at++;
      return text.substr(from, at - from);
   }
   const std::string &text;
   std::size_t at = 0;
};

Pointer clone(const Pointer &v)
{
   Pointer c = std::make_shared<Value>();
   c->text = v->text;
   for (const Pointer &i : v->items)
      c->items.push_back(clone(i));
   for (const auto &m : v->members)
      c->members.emplace(m.first, clone(m.second));
   return c;
}

std::string print(const Pointer &v)
{
   if (!v->members.empty()) {
      std::string s = "{";
      for (const auto &m : v->members)
         s += (s.size() > 1 ? "," : "") + m.first + ":" + print(m.second);
      return s + "}";
   }
   if (!v->items.empty()) {
      std::string s = "[";
      for (const Pointer &i : v->items)
         s += (s.size() > 1 ? "," : "") + print(i);
      return s + "]";
   }
   return v->text;
}

std::string document(int depth)
{
   std::string inner = depth ? document(depth - 1) : "a scalar that is longer than a small string";
   return "{list:[" + inner + ",first item,second item],name:number " + std::to_string(depth) +
          ",text:a text that does not fit into a small string}";
}

} // namespace

int main(int argc, char **argv)
{
   int rounds = argc > 1 ? std::atoi(argv[1]) : 1000;
   std::string text = document(argc > 2 ? std::atoi(argv[2]) : 30);
   std::size_t sum = 0;
   for (int i = 0; i < rounds; i++)
      sum += print(clone(Parser(text).value())).size();
   std::printf("%zu\n", sum);
   return 0;
}
