async def g():
    async with g() as x:
        await x
    async for y in x:
        pass
    return [z async for z in x]


# refused: line 1: async def is not allowed: write a plain `def`
# refused: line 2: async with
# refused: line 3: await
# refused: line 4: async for
# refused: line 6: async comprehension
