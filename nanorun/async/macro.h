/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_MACRO_H
#define NANORUN_ASYNC_MACRO_H

/*
 * Preprocessor helpers of nanorun/async.h: joining, counting, and walking a
 * parameter list of the form ((type, name), (type, name)) or (). Nothing here
 * is for users. MSVC needs its standard preprocessor (/Zc:preprocessor).
 */

#if defined(_MSC_VER) && !defined(__clang__) && \
    (!defined(_MSVC_TRADITIONAL) || _MSVC_TRADITIONAL)
#error "nanorun needs the standard preprocessor: compile with /Zc:preprocessor"
#endif

#define NR_CAT_(a, b) NR_CAT__(a, b)
#define NR_CAT__(a, b) a##b
#define NR_STR_(a) NR_STR__(a)
#define NR_STR__(a) #a
#define NR_STRIP_(...) __VA_ARGS__
#define NR_FIRST_(a, ...) a

/* NR_REST_(a) -> nothing; NR_REST_(a, b, c) -> b, c; for any number of
 * arguments. b must not begin with a parenthesis; no declaration does. */
#define NR_REST_(...)                                          \
    NR_CAT_(NR_REST_IF_NONE_,                                  \
            NR_IS_PARENTHESIS_(NR_SECOND_(__VA_ARGS__, (), ))) \
    (__VA_ARGS__)
#define NR_IS_PARENTHESIS_(a) NR_COMMA_(NR_TO_COMMA_ a)
#define NR_REST_IF_NONE_1(a)
#define NR_REST_IF_NONE_0(a, ...) __VA_ARGS__
#define NR_SECOND_(a, b, ...) b

/* An assignment whose types compilers check. It comes before the mark as a
 * system header, because in a system header they would not. */
#define NR_ASSIGN_(target, value) target = value

/* A value that compilers warn of if nobody uses it. GCC does not warn of an
 * unused call that is spelled in a system header, so a macro that ends in such
 * a call comes before its header is marked as one. clang does not warn of an
 * unused conversion in a macro's body, so the conversion is in the argument of
 * this macro. */
#define NR_USED_(...) (__VA_ARGS__)

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

/* Marks a function whose result is a future or a handle: the compiler warns if
 * nobody uses the result. MSVC has such an attribute in C++17 only. */
#if defined(__GNUC__)
#define NR_MUST_USE_ __attribute__((warn_unused_result))
#elif defined(__cplusplus) && \
    (__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#define NR_MUST_USE_ [[nodiscard]]
#else
#define NR_MUST_USE_
#endif

/* "file.c:12", for the line that a misuse prints. A function f that needs the
 * place is also a macro f, which adds it and calls f_at_. A pointer to f and a
 * binding use the function itself, which has no place to print. */
#define NR_PLACE_ __FILE__ ":" NR_STR_(__LINE__)

/* NR_COUNT_(a, b, c) -> 3, for one to eight arguments; for nine to 30 it is
 * NR_AT_MOST_EIGHT_ARGUMENTS_. */
#define NR_COUNT_(...)                                                        \
    NR_31ST_(__VA_ARGS__, NR_22_TIMES_(NR_AT_MOST_EIGHT_ARGUMENTS_), 8, 7, 6, \
             5, 4, 3, 2, 1, 0)
#define NR_22_TIMES_(a) \
    a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a
#define NR_31ST_(...) NR_31ST__(__VA_ARGS__)
#define NR_31ST__(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, \
                  a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
                  a26, a27, a28, a29, a30, ...)                               \
    a30

/* NR_COMMA_(...) -> 1 if there are 1 to 3 commas outside parentheses, 0 if
 * there is none. */
#define NR_COMMA_(...) NR_FIFTH_(__VA_ARGS__, 1, 1, 1, 0, 0)
#define NR_FIFTH_(a, b, c, d, e, ...) e

/* NR_EMPTY_(...) -> 1 if there are no tokens before the first comma, else 0.
 * Only an empty argument has no comma by itself, none after a macro name and
 * none before (), but one between a macro name and () (Jens Gustedt's ISEMPTY).
 * The macros expand to `0, 0` rather than to a comma for clang in its MSVC
 * mode, which overlooks a comma that is alone in an argument. */
#define NR_EMPTY_(...) NR_EMPTY_FIRST_(NR_FIRST_(__VA_ARGS__, ))
#define NR_EMPTY_FIRST_(a)                                              \
    NR_EMPTY__(NR_COMMA_(a), NR_COMMA_(NR_TO_COMMA_ a), NR_COMMA_(a()), \
               NR_COMMA_(NR_TO_COMMA_ a()))
#define NR_TO_COMMA_(...) 0, 0
#define NR_EMPTY__(a, b, c, d) NR_COMMA_(NR_CAT_5_(NR_EMPTY_CASE_, a, b, c, d))
#define NR_CAT_5_(a, b, c, d, e) a##b##c##d##e
#define NR_EMPTY_CASE_0001 0, 0

/* NR_EACH_(F, M, ((t, a), (t, b), (t, c))) -> F(t, a) M(t, b) M(t, c);
 * NR_EACH_(F, M, ()) -> nothing. */
#define NR_EACH_(F, M, params) \
    NR_CAT_(NR_EACH_IF_EMPTY_, NR_EMPTY_ params)(F, M, NR_STRIP_ params)
#define NR_EACH_IF_EMPTY_1(F, M, ...)
#define NR_EACH_IF_EMPTY_0(F, M, ...) \
    NR_CAT_(NR_EACH_, NR_COUNT_(__VA_ARGS__))(F, M, __VA_ARGS__)
#define NR_EACH_1(F, M, a) F a
#define NR_EACH_2(F, M, a, b) F a M b
#define NR_EACH_3(F, M, a, b, c) F a M b M c
#define NR_EACH_4(F, M, a, b, c, d) F a M b M c M d
#define NR_EACH_5(F, M, a, b, c, d, e) F a M b M c M d M e
#define NR_EACH_6(F, M, a, b, c, d, e, f) F a M b M c M d M e M f
#define NR_EACH_7(F, M, a, b, c, d, e, f, g) F a M b M c M d M e M f M g
#define NR_EACH_8(F, M, a, b, c, d, e, f, g, h) F a M b M c M d M e M f M g M h

#endif
